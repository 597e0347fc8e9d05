import { BlockList, isIP, isIPv6 } from 'node:net'
import type { FileStore, FoundRecord, ServiceHost, SqlValue, Subject } from '@drawbridge/plugin-kit'
import type { AuditLog } from './audit-log.ts'
import { PERSONAL_DATA } from './tables.ts'

/** One transaction each, with the entry that tells of it. */
const BATCH_ENTRIES = 150
/** Entries that one query looks at: it may take ten seconds. */
const WINDOW = 50_000
/** Masking takes the last octet, or more: of a smaller network nobody knows whether a masked address is in it. */
const MAX_MASKED_PREFIX = { 4: 24, 6: 48 } as const

/**
 * The contents of the audit log, as retention and erasure see them. A store and not a table: what goes must be in the chain, in one
 * transaction with its going.
 */
export function createAuditStore(host: Pick<ServiceHost, 'storage'>, log: Pick<AuditLog, 'remove'>): FileStore {
  const { storage } = host
  return {
    name: 'audit_log',
    holds: {
      en: 'one entry per act that must be accounted for',
      de: 'ein Eintrag je Handlung, über die Rechenschaft abzulegen ist',
    },
    retentionClass: 'audit_logs',
    personalData: PERSONAL_DATA,
    async purge({ routeHost, before }) {
      let [count, oldest, newest] = [0, before, 0]
      const end = await lastSequence(host)
      for (;;) {
        const rows = (await storage.all(
          `SELECT sequence, timestamp FROM audit_payloads WHERE route_host = ? AND timestamp < ? AND sequence <= ?
            ORDER BY timestamp LIMIT ${BATCH_ENTRIES}`,
          [routeHost, before, end],
        )) as unknown as { sequence: number; timestamp: number }[]
        if (rows.length === 0) return count === 0 ? { count } : { count, oldest, newest }
        const payloads = rows.map(({ sequence }) => sequence).sort((a, b) => a - b)
        await log.remove({ kind: 'purge', payloads, persons: [] })
        count += rows.length
        oldest = Math.min(oldest, rows[0]?.timestamp ?? oldest)
        newest = Math.max(newest, rows.at(-1)?.timestamp ?? newest)
      }
    },
    async routeHosts() {
      const rows = await storage.all('SELECT DISTINCT route_host FROM audit_payloads LIMIT 5000')
      return rows.map(({ route_host }) => String(route_host))
    },
    async find(subject, limit) {
      const found: FoundRecord[] = []
      for await (const { row } of search(host, subject)) {
        if (found.length >= limit) break
        found.push(row)
      }
      return found
    },
    async erase(subject) {
      let count = 0
      let batch: Match[] = []
      for await (const match of search(host, subject)) {
        batch.push(match)
        count += 1
        if (batch.length < BATCH_ENTRIES) continue
        await eraseBatch(log, batch)
        batch = []
      }
      if (batch.length > 0) await eraseBatch(log, batch)
      return count
    },
  }
}

interface Match {
  readonly row: FoundRecord
  /** The text is in what happened, not only in who did it. */
  readonly isInPayload: boolean
}

function eraseBatch(log: Pick<AuditLog, 'remove'>, batch: readonly Match[]): Promise<void> {
  const sequencesOf = (isInPayload: boolean) =>
    batch.filter((match) => match.isInPayload === isInPayload).map(({ row }) => Number(row.sequence))
  return log.remove({ kind: 'erasure', payloads: sequencesOf(true), persons: sequencesOf(false) })
}

/** All entries about the subject that there are at this moment, in order. */
async function* search(host: Pick<ServiceHost, 'storage'>, subject: Subject): AsyncGenerator<Match> {
  const end = await lastSequence(host)
  const isWithin = compileCidrs(subject.cidrs)
  const { sql, params } = conditionOf(subject)
  for (let from = 0; from < end; from += WINDOW) {
    for (let after = from, isMore = true; isMore; ) {
      const rows = await host.storage.all(sql, [...params.select, after, Math.min(from + WINDOW, end), ...params.where])
      for (const row of rows) {
        const { is_in_payload, is_named, ...shown } = row
        const isHere = is_in_payload === 1 || is_named === 1 || isWithin(row.address)
        if (isHere) yield { row: shown, isInPayload: is_in_payload === 1 }
      }
      after = Number(rows.at(-1)?.sequence ?? after)
      isMore = rows.length === PAGE_ROWS
    }
  }
}

/** Removals are entries too: what they remove is what was there before them. */
async function lastSequence({ storage }: Pick<ServiceHost, 'storage'>): Promise<number> {
  const [row] = await storage.all('SELECT max(sequence) AS last FROM audit_chain')
  return Number(row?.last ?? 0)
}

const PAGE_ROWS = 200

/** Rows that name the subject, and where networks are sought all that have an address: text comparison cannot tell those. */
function conditionOf({ text, requestIds, cidrs }: Subject) {
  const like = text === '' ? undefined : `%${text.replace(/[\\%_]/g, '\\$&')}%`
  const holds = (columns: readonly string[]) =>
    like === undefined ? '0' : columns.map((column) => `ifnull(${column}, '') LIKE ? ESCAPE '\\'`).join(' OR ')
  const inPayload = holds(PAYLOAD_TEXTS)
  const named = `${holds(['n.name'])} OR n.request_id IN (SELECT value FROM json_each(?))`
  const texts: SqlValue[] = like === undefined ? [] : [like]
  const values = [...PAYLOAD_TEXTS.flatMap(() => texts), ...texts, JSON.stringify(requestIds)]
  return {
    sql: `SELECT c.sequence, p.timestamp, n.name, n.address, n.request_id, p.action, p.resource_type, p.resource_id, p.old_value,
        p.new_value, p.notes, (${inPayload}) AS is_in_payload, ifnull(${named}, 0) AS is_named
      FROM audit_chain AS c
      LEFT JOIN audit_payloads AS p ON p.sequence = c.sequence
      LEFT JOIN audit_persons AS n ON n.sequence = c.sequence
      WHERE c.sequence > ? AND c.sequence <= ?
        AND ((${inPayload}) OR ifnull(${named}, 0)${cidrs.length === 0 ? '' : ' OR n.address IS NOT NULL'})
      ORDER BY c.sequence LIMIT ${PAGE_ROWS}`,
    params: { select: values, where: values },
  }
}

const PAYLOAD_TEXTS = ['p.resource_id', 'p.old_value', 'p.new_value', 'p.notes']

/** Whether a stored address, which may be masked, is surely in one of the networks. */
function compileCidrs(cidrs: readonly string[]): (address: SqlValue | undefined) => boolean {
  const [whole, masked] = [new BlockList(), new BlockList()]
  for (const cidr of cidrs) {
    const [address = '', length] = cidr.split('/')
    const [family, bits] = isIPv6(address) ? (['ipv6', 128] as const) : (['ipv4', 32] as const)
    const prefix = Number(length ?? bits)
    whole.addSubnet(address, prefix, family)
    if (prefix <= MAX_MASKED_PREFIX[family === 'ipv4' ? 4 : 6]) masked.addSubnet(address, prefix, family)
  }
  return (text) => {
    if (typeof text !== 'string') return false
    const isMasked = text.includes('x')
    const address = text.replace(/x+/g, '0')
    const version = isIP(address)
    return version !== 0 && (isMasked ? masked : whole).check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}
