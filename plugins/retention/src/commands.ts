import { type Command, formatDuration, RETENTION_CLASSES } from '@drawbridge/plugin-kit'
import type { Summary } from './account.ts'
import type { Due, DueRows } from './due.ts'
import type { Verification } from './proof-chain.ts'

const FAILED = 1

/** `drawbridge retention …`. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'retention run',
    summary: 'Delete what is older than its route allows',
    options: [{ flags: '--dry-run', summary: 'count what is due, delete nothing' }],
    call: ({ options }) => ({
      method: 'POST',
      path: '/api/retention/run',
      body: { dry_run: options.dryRun === true },
    }),
    format(body) {
      const { run, ...due } = body as Due & { run: Summary | null }
      if (run === null) return { text: formatDue(due), exitCode: due.failures.length > 0 ? FAILED : 0 }
      const hint = `drawbridge retention proofs --run ${run.run}`
      return { text: `${formatSummary(run)}\nproofs: ${hint}`, exitCode: run.outcome === 'done' ? 0 : FAILED }
    },
  },
  {
    name: 'retention status',
    summary: 'Show how long what is kept, and what is due',
    call: () => ({ method: 'GET', path: '/api/retention' }),
    format: (body) => ({ text: formatStatus(body as StatusBody) }),
  },
  {
    name: 'retention proofs',
    summary: 'List proofs of deletion, or check their chain',
    options: [
      { flags: '--run <number>', summary: 'only those of this run' },
      { flags: '--verify', summary: 'check that none was changed, removed or slipped in' },
    ],
    call({ options }) {
      if (options.verify === true) return { method: 'GET', path: '/api/retention/proofs/verify' }
      const { run = '' } = options
      if (!/^\d*$/.test(String(run))) throw new Error(`--run wants the number of a run, not "${run}"`)
      return { method: 'GET', path: `/api/retention/proofs?limit=200${run === '' ? '' : `&run=${run}`}` }
    },
    format: (body) =>
      'proofs' in (body as object)
        ? { text: (body as { proofs: readonly ProofBody[] }).proofs.map(formatProof).join('\n') || 'no proofs yet' }
        : formatVerification(body as Verification),
  },
]

interface StatusBody extends Due {
  readonly schedule: string
  readonly time_zone: string
  readonly next_run_at: number | null
  readonly last_run: Summary | null
  readonly rules: readonly {
    readonly host: string
    readonly state: string
    readonly periods: Readonly<Record<string, number>> | null
  }[]
}

function formatRule({ host, state, periods }: StatusBody['rules'][number]): string {
  const notes: Record<string, string> = {
    former: ' (not configured any more)',
    waiting: ' (not configured at present)',
  }
  const why = state === 'waiting' ? 'until it has been missing for a week' : 'for ever: data_retention is off'
  const times = RETENTION_CLASSES.map((name) => formatDuration((periods?.[name] ?? 0) * 1000)).join(', ')
  return `  ${formatHost(host)}${notes[state] ?? ''}  ${periods === null ? why : times}`
}

interface ProofBody {
  readonly sequence: number
  readonly run: number
  readonly time: number
  readonly kind: string
  readonly class: string | null
  readonly store: string | null
  readonly host: string | null
  readonly deleted: number | null
  readonly outcome: string | null
  readonly details: { readonly error?: string }
}

function formatSummary({ run, outcome, deleted, failures, off_hosts, ...rest }: Summary): string {
  const lines = [`run ${run}: ${outcome} at ${formatTime(rest.finished_at)}, ${deleted} records deleted`]
  if (failures > 0) lines.push(`${failures} parts failed: see the proofs`)
  if (!rest.is_compacted)
    lines.push('the deleted bytes may still be in the -wal file of the database until the next run')
  if (off_hosts.length > 0) lines.push(`nothing is ever deleted of: ${off_hosts.map(formatHost).join(', ')}`)
  if (rest.waiting_hosts.length > 0)
    lines.push(`not configured at present, so nothing was deleted yet of: ${rest.waiting_hosts.join(', ')}`)
  return lines.join('\n')
}

function formatDue({ due, failures }: Due): string {
  const total = due.reduce((sum, { count }) => sum + count, 0)
  const line = ({ store, host, count, oldest, period_seconds }: DueRows) =>
    `  ${store}  ${host === null ? 'no route' : formatHost(host)}  ${count} rows since ${formatTime(oldest)}, kept ${formatDuration(period_seconds * 1000)}`
  return [
    total === 0 ? 'nothing is due in the database' : `${total} rows are due:`,
    ...due.map(line),
    ...failures.map(({ store, error }) => `  ${store}  cannot be counted: ${error}`),
  ].join('\n')
}

function formatStatus({ schedule, time_zone, next_run_at, last_run, rules, ...due }: StatusBody): string {
  const names = RETENTION_CLASSES.join(', ')
  return [
    `schedule ${schedule} ${time_zone}, next run ${next_run_at === null ? 'never' : formatTime(next_run_at)}`,
    last_run === null ? 'no run yet' : formatSummary(last_run),
    `kept (${names}):`,
    ...rules.map(formatRule),
    formatDue(due),
  ].join('\n')
}

function formatProof({ sequence, run, time, kind, outcome, deleted, details, ...facts }: ProofBody): string {
  const what = [facts.class, facts.store, facts.host === null ? null : formatHost(facts.host)].filter((x) => x !== null)
  const count = kind === 'begin' ? [] : [`${deleted ?? 'unknown number'} deleted`]
  const words = [outcome, ...what, ...count, details.error].filter((word) => word !== null && word !== undefined)
  return `${sequence}  ${formatTime(time)}  run ${run} ${kind}  ${words.join('  ')}`.trimEnd()
}

function formatVerification({ is_valid, entries, first_bad, reason, head, unfinished_runs }: Verification) {
  const lines = is_valid
    ? [`all ${entries} proofs are as they were written`, `last hash: ${head}`]
    : [`proof ${first_bad} is not right: ${reason}`, `the ${entries} before it are as they were written`]
  if (unfinished_runs.length > 0) lines.push(`interrupted and not settled yet: run ${unfinished_runs.join(', ')}`)
  return { text: lines.join('\n'), exitCode: is_valid ? 0 : FAILED }
}

function formatHost(host: string): string {
  return host === '' ? '(unknown hosts)' : host
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}
