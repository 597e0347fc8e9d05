import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { dirname } from 'node:path'
import type { Clock, Log, Pseudonyms } from '@drawbridge/plugin-kit'
import ipaddr from 'ipaddr.js'
import { LRUCache } from 'lru-cache'

const DAY_MS = 86_400_000
const KEY_BYTES = 32
const LENGTH = 16
const MAX_CACHED = 20_000

/** Where the keys are kept, and what tells the day. */
export interface PseudonymOptions {
  readonly file: string
  readonly clock: Clock
  readonly log: Log
}

/**
 * Pseudonyms with a key per day (UTC), kept in a file of their own: whoever has a copy of the database alone can undo none of them. Where the
 * file cannot be written, today's key stays in memory: rows of today cannot be found any more after a restart, and the log says so.
 */
export function createPseudonyms(options: PseudonymOptions): Pseudonyms {
  return new DailyPseudonyms(options)
}

class DailyPseudonyms implements Pseudonyms {
  readonly #options: PseudonymOptions
  /** Key (base64) by day number since 1970. */
  readonly #keys: Map<number, string>
  readonly #cache = new LRUCache<string, string>({ max: MAX_CACHED })
  #day = 0
  #endsAt = 0
  #key: KeyObject | undefined

  constructor(options: PseudonymOptions) {
    this.#options = options
    this.#keys = readKeys(options)
  }

  of(address: string): string {
    const known = this.#options.clock.wallNow() < this.#endsAt ? this.#cache.get(address) : undefined
    if (known !== undefined) return known
    const pseudonym = compute(this.#keyOfToday(), networkOf(address))
    this.#cache.set(address, pseudonym)
    return pseudonym
  }

  allOf(address: string): readonly string[] {
    this.#keyOfToday()
    const network = networkOf(address)
    return [...this.#keys.values()].map((key) => compute(toKey(key), network))
  }

  days(): readonly number[] {
    return [...this.#keys.keys()].sort((a, b) => a - b).map((day) => (day * DAY_MS) / 1000)
  }

  async forget(before: number): Promise<number> {
    const firstKept = Math.floor((before * 1000) / DAY_MS)
    const old = [...this.#keys.keys()].filter((day) => day < firstKept)
    if (old.length === 0) return 0
    for (const day of old) this.#keys.delete(day)
    const { file } = this.#options
    await writeFile(`${file}.new`, format(this.#keys), { mode: 0o600 })
    await rename(`${file}.new`, file)
    return old.length
  }

  #keyOfToday(): KeyObject {
    const now = this.#options.clock.wallNow()
    const day = Math.floor(now / DAY_MS)
    if (this.#key !== undefined && day === this.#day) return this.#key
    this.#cache.clear()
    const isNew = !this.#keys.has(day)
    if (isNew) this.#keys.set(day, randomBytes(KEY_BYTES).toString('base64'))
    this.#key = toKey(this.#keys.get(day) ?? '')
    this.#day = day
    this.#endsAt = (day + 1) * DAY_MS
    if (isNew) this.#save()
    return this.#key
  }

  /** Once a day and a few hundred bytes, so synchronously: a pseudonym whose key is lost is worth nothing. */
  #save(): void {
    const { file, log } = this.#options
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      writeFileSync(`${file}.new`, format(this.#keys), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    } catch (error) {
      log.error(
        { err: error },
        "today's pseudonym key is not saved: after a restart its rows cannot be found by address",
      )
    }
  }
}

function readKeys({ file, log }: PseudonymOptions): Map<number, string> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
    return new Map(entries.map(([day, key]) => [Number(day), key]))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.error({ err: error }, 'the pseudonym keys cannot be read: rows of the days before cannot be found by address')
    return new Map()
  }
}

function format(keys: ReadonlyMap<number, string>): string {
  return JSON.stringify(Object.fromEntries(keys))
}

/** With a KeyObject: with a Buffer it takes eight times as long. */
function toKey(text: string): KeyObject {
  return createSecretKey(Buffer.from(text, 'base64'))
}

function compute(key: KeyObject, network: string): string {
  return createHmac('sha256', key).update(network).digest('base64url').slice(0, LENGTH)
}

/** An IPv6 client changes the lower half of its address at will: the /64 stands for it. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const parsed = ipaddr.parse(address) as ipaddr.IPv6
  return parsed.parts.slice(0, 4).join(':')
}
