import { CHAIN_START } from '../../plugins/audit/src/chain.ts'
import { SequenceSet } from '../../plugins/audit/src/removed.ts'
import { type StoredEntry, Verifier } from '../../plugins/audit/src/verifier.ts'
import { buildAudit } from '../../plugins/audit/test/support/build-audit.ts'
import { type Report, runScript } from '../support/script.ts'
import { AUDIT_ATTACKS, tryAttack } from './audit-attacks.ts'
import { killAppenders } from './audit-kills.ts'
import { type AuditStage, buildAuditStage } from './audit-stage.ts'
import { createRandom } from './random.ts'

// node --conditions=@drawbridge/source test/security/audit-tampering.ts [cases] [seed] [entries] [kills]
const [cases = 1_000, seed = 1, entries = 10_000, kills = 50] = process.argv.slice(2).map(Number)
const TARGET_PER_SECOND = 50_000
const REPEATS = 5

await runScript(async (t, report) => {
  const random = createRandom(seed)
  console.log(`seed ${seed}: ${cases} cases over ${entries} entries, ${kills} kills`)
  const stage = await buildAuditStage(t, entries, random)
  const clean = await stage.verify()
  report.add('untouched log of entries', String(clean.entries), 'no alarm', clean.fault === undefined)
  await measure(stage, report)
  await measureService(t, stage, report)
  let [found, named] = [0, 0]
  for (let done = 0; done < cases; done += 1) {
    const attack = AUDIT_ATTACKS[done % AUDIT_ATTACKS.length]
    if (attack === undefined) continue
    const { expected, fault } = await tryAttack(stage, attack, random)
    if (fault !== undefined) found += 1
    if (fault?.sequence === expected) named += 1
    else console.log(`case ${done}: ${attack.name} at ${expected}, but verify says ${JSON.stringify(fault)}`)
  }
  report.add('attacks found', `${found} of ${cases}`, 'all', found === cases)
  report.add('first bad entry named', `${named} of ${cases}`, 'all', named === cases)
  const after = await stage.verify()
  report.add('untouched again', String(after.entries), 'no alarm', after.fault === undefined)
  const outcomes = await killAppenders(t, kills, random)
  const alarms = outcomes.filter(({ alarm }) => alarm !== undefined)
  for (const { alarm } of alarms) console.log(alarm)
  const lost = outcomes.filter((outcome) => outcome.entries < outcome.acknowledged)
  report.add('false alarms after kill -9', `${alarms.length} of ${outcomes.length}`, 'none', alarms.length === 0)
  report.add('acknowledged entries lost', String(lost.length), 'none', lost.length === 0)
  report.add('entries there after the kills', String(outcomes.at(-1)?.entries ?? 0), 'for information', true)
})

/** Rows already read, and then with the reading of database and anchor in this process. */
async function measure(stage: AuditStage, report: Report): Promise<void> {
  const { parts, last, sqlite } = stage
  const rows: StoredEntry[] = []
  const { storage } = parts.host
  const recording = {
    ...storage,
    async all(sql: string, params: readonly (string | number)[] = []) {
      const page = await storage.all(sql, params)
      if (sql.includes('payload_sequence')) rows.push(...(page as unknown as StoredEntry[]))
      return page
    },
  }
  const { verifyLog } = await import('../../plugins/audit/src/verify-log.ts')
  await verifyLog({ ...parts, host: { storage: recording } }, {})
  const anchor = await parts.anchor.read()
  const isGone = (column: 'payload_sequence' | 'person_sequence') => {
    const set = new SequenceSet()
    set.add(rows.filter((row) => row[column] === null).map(({ sequence }) => [sequence, sequence] as const))
    return set
  }
  const gone = { payloads: isGone('payload_sequence'), persons: isGone('person_sequence') }
  const evidence = {
    anchor,
    keys: parts.keys,
    checkpoints: anchor?.checkpoints ?? new Map(),
    mayBeGone: gone,
    mustBeGone: gone,
  }
  const pure = await best(async () => {
    const verifier = new Verifier(evidence, CHAIN_START)
    for (const row of rows) if (verifier.take(row) !== undefined) throw new Error('a fault in an untouched log')
  })
  const whole = await best(stage.verify)
  addRate(report, 'entries verified a second, rows already read', last / pure)
  addRate(report, 'entries verified a second, with reading in the same process', last / whole)
  const bytes =
    Number(sqlite.pragma('main.page_count', { simple: true })) *
    Number(sqlite.pragma('main.page_size', { simple: true }))
  report.add('database, bytes an entry', (bytes / last).toFixed(0), 'for information', true)
}

/** As the gateway does it: through the reader process. */
async function measureService(
  t: Parameters<Parameters<typeof runScript>[0]>[0],
  { folder, last }: AuditStage,
  report: Report,
) {
  const { cpSync, mkdtempSync, rmSync } = await import('node:fs')
  const copy = mkdtempSync(`${folder}-copy-`)
  t.teardown(() => rmSync(copy, { recursive: true, force: true }))
  cpSync(folder, copy, { recursive: true })
  const { log, close } = buildAudit(t, { folder: copy })
  await log.verify()
  const seconds = await best(async () => {
    const { fault } = await log.verify()
    if (fault !== undefined) throw new Error(fault.reason)
  })
  report.add(
    'entries verified a second, through the reader process',
    (last / seconds).toFixed(0),
    'for information',
    true,
  )
  await close()
}

async function best(work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const start = performance.now()
    await work()
    least = Math.min(least, performance.now() - start)
  }
  return least / 1000
}

function addRate(report: Report, name: string, rate: number): void {
  report.add(name, rate.toFixed(0), `≥ ${TARGET_PER_SECOND}`, rate >= TARGET_PER_SECOND)
}
