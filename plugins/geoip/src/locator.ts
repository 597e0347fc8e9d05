import { isIP } from 'node:net'
import { addressKey, compileAddressList, formatAddress } from '@drawbridge/plugin-kit'
import { LRUCache } from 'lru-cache'
import type { DatabaseFile } from './database-file.ts'
import { LOCAL, type Location, mergeLocations, UNKNOWN } from './location.ts'

/** Addresses whose location is remembered. */
const CACHED_ADDRESSES = 8192

// RFC 1918, 1122, 3927, 6598 (a provider's NAT, and Tailscale); RFC 4291 2.5, 4193.
const LOCAL_NETWORKS = compileAddressList([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1',
  'fe80::/10',
  'fc00::/7',
])

/** Finds the location of addresses in one or more databases. */
export class Locator {
  readonly #files: readonly DatabaseFile[]
  readonly #builtIn: () => DatabaseFile
  readonly #cache = new LRUCache<string, Location>({ max: CACHED_ADDRESSES })
  #version = 0

  /** `builtIn` is asked only while none of the files knows countries. */
  constructor(files: readonly DatabaseFile[], builtIn: () => DatabaseFile) {
    this.#files = files
    this.#builtIn = builtIn
    // With the start, not with the first request.
    if (this.#needsBuiltIn()) builtIn()
  }

  /** Where an address is, IPv4-mapped ones as IPv4; what is no address is nowhere. Never throws. */
  locate(address: string): Location {
    let version = 0
    for (const file of this.#files) version += file.version
    if (version !== this.#version) {
      this.#cache.clear()
      this.#version = version
    }
    let location = this.#cache.get(address)
    if (location === undefined) {
      location = this.#find(address)
      this.#cache.set(address, location)
    }
    return location
  }

  #find(address: string): Location {
    const key = addressKey(address)
    if (key === undefined) return UNKNOWN
    if (LOCAL_NETWORKS.hasKey(key)) return LOCAL
    const canonical = key.length === 2 && isIP(address) === 6 ? formatAddress(key) : address
    let location = UNKNOWN
    for (const file of this.#files) location = mergeLocations(location, file.locate(canonical))
    return this.#needsBuiltIn() ? mergeLocations(location, this.#builtIn().locate(canonical)) : location
  }

  /** A file that cannot be opened counts as one with countries: it must not silently be replaced by another. */
  #needsBuiltIn(): boolean {
    return this.#files.every(({ database }) => database?.hasCountries === false)
  }
}
