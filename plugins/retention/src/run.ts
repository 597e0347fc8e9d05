import type { FileStore, ServiceHost } from '@drawbridge/plugin-kit'
import { pace } from './pace.ts'
import { noteEnd, noteFailure, noteStart, type Part } from './progress.ts'
import { draftProof, type ProofDetails, type ProofRow } from './proof.ts'
import { appendProofs } from './proof-chain.ts'
import { oldestPseudonym } from './pseudonym-age.ts'
import { type PurgeContext, purgeRows } from './purge-rows.ts'
import { agingTables, groupRows, type RowGroup } from './row-group.ts'
import { NO_ROUTE, noteConfigured, periodOf, type Rule, type Rules, readRules } from './rules.ts'
import { settleRun } from './settle.ts'

const COMPACT_TRIES = 5
const COMPACT_PAUSE_MS = 2_000

/** What a run is made with. */
export interface RunParts {
  readonly host: ServiceHost
  readonly cause: NonNullable<ProofDetails['cause']>
  readonly signal: AbortSignal
  readonly pause: (ms: number) => Promise<unknown>
  /** Told the run's number once its beginning is stored. */
  readonly onBegin: (run: number) => void
}

interface Run extends PurgeContext {
  readonly host: ServiceHost
  readonly begin: ProofRow
  readonly rules: Rules
  readonly nowSeconds: number
  readonly pause: (ms: number) => Promise<unknown>
}

/**
 * Deletes all that is due everywhere, and proves it: first that it begins, then in the deletions' own transactions what they delete, at last
 * the chained entries. What fails is noted, and the rest goes on. Rejects when it had to stop: the database is away, or the gateway ends.
 */
export async function performRun(parts: RunParts): Promise<{ readonly begin: ProofRow; readonly end: ProofRow }> {
  const { host } = parts
  const run = await beginRun(parts)
  const { begin } = run
  const stores = host.installation.plugins.flatMap(({ fileStores }) => fileStores?.(host) ?? [])
  const details = describeKept(run.rules)
  try {
    for (const table of agingTables(host.installation.plugins))
      for (const group of groupRows(table, run.rules, run.nowSeconds)) await purgeGroup(run, group)
    for (const store of stores) await purgeStore(run, store)
    const is_compacted = await compact(run)
    const forgotten_keys = await forgetKeys(run, stores)
    const end = await settleRun(host.storage, endOf(run, false, { ...details, is_compacted, forgotten_keys }))
    return { begin, end }
  } catch (error) {
    // While the database is away this fails too; then the next run settles it.
    await settleRun(host.storage, endOf(run, true, details)).catch(() => {})
    throw error
  }
}

async function beginRun({ host, cause, signal, pause, onBegin }: RunParts): Promise<Run> {
  const { storage, clock } = host
  const nowSeconds = secondsOf(host)
  const rules = await readRules(host)
  const draft = draftProof({ time: nowSeconds, kind: 'begin', details: { cause } })
  const [begin] = await appendProofs(storage, [draft], [noteConfigured(rules, nowSeconds)])
  if (begin === undefined) throw new Error('the beginning of the run was not stored')
  onBegin(begin.sequence)
  const hosts = new Map(rules.routes.map((rule) => [rule.routeId, rule.host]))
  return {
    host,
    begin,
    storage,
    rules,
    nowSeconds,
    signal,
    pause,
    run: begin.sequence,
    hostOf: (routeId) => hosts.get(routeId) ?? '',
    pace: (batchMs) => pace(storage, batchMs, pause),
    now: () => clock.now(),
  }
}

function endOf(run: Run, isInterrupted: boolean, details: ProofDetails) {
  return { run: run.run, time: secondsOf(run.host), isInterrupted, details }
}

async function purgeGroup(run: Run, group: RowGroup): Promise<void> {
  const { table, period, cutoff } = group
  const part = {
    run: run.run,
    class: table.retention.class,
    store: table.name,
    routeId: NO_ROUTE,
    host: '',
    period,
    cutoff,
  }
  await orNote(run, part, () => purgeRows(run, group))
}

async function purgeStore(run: Run, store: FileStore): Promise<void> {
  const { rules, nowSeconds } = run
  const named = { run: run.run, class: store.retentionClass, store: store.name }
  let hosts: readonly string[] = []
  await orNote(run, { ...named, routeId: NO_ROUTE, host: '', period: 0, cutoff: nowSeconds }, async () => {
    hosts = await store.routeHosts()
  })
  for (const routeHost of hosts) {
    const { options, routeId } = rules.ofHost(routeHost)
    if (options === undefined) continue
    run.signal.throwIfAborted()
    const period = periodOf(options, store.retentionClass)
    const part = { ...named, routeId, host: routeHost, period, cutoff: nowSeconds - period }
    await orNote(run, part, async () => {
      await noteStart(run.storage, part)
      await noteEnd(run.storage, part, await store.purge({ routeHost, before: part.cutoff }))
    })
  }
}

/** What fails in one part concerns that part; with the database away, or at the end of the gateway, nothing can go on. */
async function orNote({ host, storage, signal }: Run, part: Part, action: () => Promise<void>): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (signal.aborted || storage.problem !== undefined) throw error
    host.log.error({ err: error, store: part.store, route: part.host }, 'old records could not be deleted')
    await noteFailure(storage, part, host.redactor.text(error instanceof Error ? error.message : String(error)))
  }
}

/** A query may hold the files for up to ten seconds. */
async function compact({ host, storage, signal, pause }: Run): Promise<boolean> {
  for (let triesLeft = COMPACT_TRIES - 1; ; triesLeft -= 1) {
    signal.throwIfAborted()
    try {
      await storage.compact()
      return true
    } catch (error) {
      if (triesLeft > 0) {
        await pause(COMPACT_PAUSE_MS)
        continue
      }
      host.log.error({ err: error }, 'deleted records may still be in the -wal file of the database until the next run')
      return false
    }
  }
}

/** Keys go when no row can carry their pseudonyms any more; while something failed or is never deleted, they stay. */
async function forgetKeys({ host, storage, rules, nowSeconds, run }: Run, stores: readonly FileStore[]) {
  const [failed] = await storage.all("SELECT 1 FROM retention_progress WHERE run = ? AND state <> 'done'", [run])
  const before = oldestPseudonym({ tables: agingTables(host.installation.plugins), stores, rules, nowSeconds })
  if (failed !== undefined || before === undefined) return 0
  try {
    return await host.pseudonyms.forget(before)
  } catch (error) {
    host.log.error({ err: error }, 'old keys of pseudonyms could not be forgotten')
    return 0
  }
}

/** Whose records are not deleted, whatever their age. */
function describeKept({ routes }: Rules): ProofDetails {
  const hosts = (has: (rule: Rule) => boolean) => routes.filter(has).map(({ host }) => host)
  return {
    off_hosts: hosts(({ state, options }) => options === undefined && state !== 'waiting'),
    waiting_hosts: hosts(({ state }) => state === 'waiting'),
  }
}

function secondsOf({ clock }: ServiceHost): number {
  return Math.floor(clock.wallNow() / 1000)
}
