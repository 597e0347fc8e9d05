import { join } from 'node:path'
import { type Database, openDatabase } from '@drawbridge/db'
import type { Storage } from '@drawbridge/plugin-kit'
import { createAnchor } from '../../plugins/audit/src/anchor.ts'
import { readAuditKeys } from '../../plugins/audit/src/audit-keys.ts'
import { type VerifyParts, verifyLog } from '../../plugins/audit/src/verify-log.ts'
import { buildAudit, entryOf } from '../../plugins/audit/test/support/build-audit.ts'
import type { Teardown } from '../support/fixtures.ts'
import type { Random } from './random.ts'

const AT_ONCE = 100
const OLD_COPIES = 5
const ACTIONS = ['config_reload', 'route_changed', 'login_failed', 'ban_add', 'user_role']

/** A finished audit log that attacks are tried on, each undone afterwards. */
export interface AuditStage {
  readonly folder: string
  readonly sqlite: Database['sqlite']
  /** Number of the last entry. */
  readonly last: number
  /** Last entries of the copies that were made on the way, attached as `old0`, `old1`, … */
  readonly oldCopies: readonly number[]
  /** What `verify` finds with the database as it is now. */
  verify(): ReturnType<typeof verifyLog>
  /** What verification reads, for measurements. */
  readonly parts: VerifyParts
}

/** Writes a log of about so many entries, with erasures, purges and checkpoints in it, and opens it without its gateway. */
export async function buildAuditStage(t: Teardown, entries: number, random: Random): Promise<AuditStage> {
  const audit = buildAudit(t, { options: { anchor: 'anchor/audit.anchor', checkpoint_every: 100 } })
  const oldCopies: number[] = []
  for (let written = 0; written < entries; written += AT_ONCE) {
    if (written >= ((oldCopies.length + 1) * entries) / (OLD_COPIES + 1) && oldCopies.length < OLD_COPIES)
      oldCopies.push(await copyAway(audit, oldCopies.length))
    await Promise.all(Array.from({ length: AT_ONCE }, () => audit.log.append(makeEntry(random))))
    if (written > 0 && written % Math.ceil(entries / 8) < AT_ONCE) await removeSome(audit, random)
    audit.clock.advance(60_000)
  }
  const [row] = await audit.rows('SELECT max(sequence) AS last FROM audit_chain')
  await audit.close()
  return { ...open(t, audit), last: Number(row?.last), oldCopies }
}

function makeEntry(random: Random) {
  const action = random.pick(ACTIONS)
  return entryOf({
    action,
    actor: { kind: 'user', name: `user${random.int(40)}` },
    address: `203.0.113.${random.int(256)}`,
    requestId: `request-${random.int(1_000_000)}`,
    resourceType: action === 'route_changed' ? 'route' : 'setting',
    resourceId: `host${random.int(20)}.test`,
    before: { enabled: false, limit: random.int(100) },
    after: { enabled: true, limit: random.int(100), note: 'größer' },
    ...(random.int(3) === 0 ? { notes: `ticket ${random.int(10_000)}` } : {}),
  })
}

async function removeSome({ store, clock }: ReturnType<typeof buildAudit>, random: Random): Promise<void> {
  await store.erase({ cidrs: [], pseudonyms: [], text: `user${random.int(40)}`, requestIds: [] })
  await store.erase({ cidrs: [], pseudonyms: [], text: `ticket ${random.int(100)}`, requestIds: [] })
  const before = Math.floor(clock.wallNow() / 1000) - 40 * 60
  await store.purge({ routeHost: `host${random.int(20)}.test`, before })
}

async function copyAway({ file, folder, rows }: ReturnType<typeof buildAudit>, index: number): Promise<number> {
  const database = openDatabase({ file })
  database.sqlite.exec(`VACUUM INTO '${join(folder, `old${index}.db`)}'`)
  database.close()
  const [row] = await rows('SELECT max(sequence) AS last FROM audit_chain')
  return Number(row?.last)
}

function open(t: Teardown, { folder, file, anchorFile }: ReturnType<typeof buildAudit>) {
  const { sqlite, close } = openDatabase({ file })
  t.teardown(close)
  sqlite.pragma('foreign_keys = OFF')
  for (let index = 0; index < OLD_COPIES; index += 1)
    sqlite.exec(`ATTACH '${join(folder, `old${index}.db`)}' AS old${index}`)
  const triggers = sqlite.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'trigger'").pluck().all()
  for (const name of triggers) sqlite.exec(`DROP TRIGGER main.${name}`)
  const all: Storage['all'] = async (sql, params = []) => sqlite.prepare(sql).all(params) as Record<string, never>[]
  const parts: VerifyParts = {
    host: { storage: { all } as Storage },
    anchor: createAnchor(anchorFile),
    keys: readAuditKeys(join(folder, 'keys/audit.key')),
  }
  return { folder, sqlite, parts, verify: () => verifyLog(parts, {}) }
}
