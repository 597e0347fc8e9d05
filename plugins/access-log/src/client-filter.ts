import { isIP } from 'node:net'
import {
  type AddressRange,
  commonStart,
  parseAddressRange,
  parseMaskedAddress,
  plainRedactor,
  type Redactor,
  type ServiceHost,
} from '@drawbridge/plugin-kit'
import { BadNetwork, TooManyClients } from './errors.ts'
import { joinConditions, type SqlPiece } from './log-query.ts'

const MAX_CLIENTS = 5000
const PSEUDONYM = /^[\w-]{16}$/

/** Finds rows by client, although only masked addresses are stored. */
export interface ClientFilter {
  /** The condition for what was typed; `narrowing` are the other conditions, of which a network's clients are looked up. */
  conditionFor(client: string, narrowing: readonly SqlPiece[]): Promise<SqlPiece>
}

/** Makes the filter of a host. */
export function createClientFilter(host: ServiceHost): ClientFilter {
  const redactors = new WeakMap<object, Redactor>()

  /** How an address looks in the log: each route may mask in its own way. */
  function maskings(address: string): string[] {
    return [...new Set(liveRedactors(host, redactors).map((redactor) => redactor.address(address)))]
  }

  async function clientsWithin(network: string, narrowing: readonly SqlPiece[]): Promise<string[]> {
    const range = parseAddressRange(network)
    if (range === undefined) throw new BadNetwork(network)
    const where = joinConditions([...narrowing, beginsLike(range)])
    const rows = await host.storage.all(
      `SELECT DISTINCT client FROM request_logs INDEXED BY request_logs_search WHERE ${where.sql} LIMIT ${MAX_CLIENTS}`,
      where.params,
    )
    if (rows.length === MAX_CLIENTS) throw new TooManyClients(network, MAX_CLIENTS)
    return rows.map(({ client }) => String(client)).filter((client) => isWithin(client, range))
  }

  return {
    async conditionFor(client, narrowing) {
      const text = client.trim().toLowerCase()
      if (text.includes('/')) return isOneOf('client', await clientsWithin(text, narrowing))
      if (isIP(text) !== 0) return ofAddress(host.pseudonyms.allOf(text), maskings(text))
      if (PSEUDONYM.test(client)) return { sql: 'pseudonym = ? OR client = ?', params: [client, client] }
      return { sql: 'client = ?', params: [text] }
    },
  }
}

/** By pseudonym; rows without one can only be found by what the mask leaves of the address. */
function ofAddress(pseudonyms: readonly string[], maskings: readonly string[]): SqlPiece {
  const masked = isOneOf('client', maskings)
  if (pseudonyms.length === 0) return masked
  const own = isOneOf('pseudonym', pseudonyms)
  return {
    sql: `${own.sql} OR (pseudonym IS NULL AND ${masked.sql})`,
    params: [...own.params, ...masked.params],
  }
}

function isOneOf(column: string, values: readonly string[]): SqlPiece {
  return { sql: `${column} IN (SELECT value FROM json_each(?))`, params: [JSON.stringify(values)] }
}

/** Whether the client, which may stand for a network, has an address in common with the range: one of them then holds the other. */
function isWithin(client: string, range: AddressRange): boolean {
  const stored = parseMaskedAddress(client)
  return stored?.first.length === range.first.length && stored.first <= range.last && range.first <= stored.last
}

/** As far as text goes. Of IPv6 only what no masking hides: 6to4 shows part of the third group. */
function beginsLike(range: AddressRange): SqlPiece {
  const start = commonStart(range, 2)
  return { sql: 'client >= ? AND client < ?', params: [start, `${start}\u{10ffff}`] }
}

function liveRedactors(
  { installation, redactor, pseudonyms }: ServiceHost,
  known: WeakMap<object, Redactor>,
): Redactor[] {
  const maker = installation.plugins.find((plugin) => plugin.redactor !== undefined)
  const ofRoutes = installation.routes().map(({ options }) => {
    const own = maker === undefined ? undefined : options[maker.key]
    if (maker?.redactor === undefined || own === undefined) return plainRedactor
    let made = known.get(own)
    if (made === undefined) {
      made = maker.redactor(own as never, pseudonyms)
      known.set(own, made)
    }
    return made
  })
  return [redactor, ...ofRoutes]
}
