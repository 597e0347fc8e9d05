import type { Actor, AuditSource, ServiceHost } from '@drawbridge/plugin-kit'
import type { ProofDetails, ProofRow } from './proof.ts'

/** Who asked for a run. */
export interface RunRequest {
  readonly actor: Actor
  readonly source: AuditSource
  readonly address?: string
}

/** A run that is over. Times are seconds since 1970. */
export interface Summary {
  readonly run: number
  readonly cause: string
  readonly started_at: number
  readonly finished_at: number
  readonly outcome: string
  /** Rows and records of files. */
  readonly deleted: number
  readonly failures: number
  readonly off_hosts: readonly string[]
  readonly waiting_hosts: readonly string[]
  readonly is_compacted: boolean
  readonly forgotten_keys: number
  /** Hash of the run's last proof. */
  readonly proof: string
}

/** Sums up a run from its first and last entry. */
export function summarise(begin: ProofRow, end: ProofRow): Summary {
  const { cause } = JSON.parse(begin.details) as ProofDetails
  const details = JSON.parse(end.details) as ProofDetails
  return {
    run: end.run,
    cause: cause ?? 'schedule',
    started_at: begin.time,
    finished_at: end.time,
    outcome: end.outcome ?? 'interrupted',
    deleted: end.deleted ?? 0,
    failures: details.failures ?? 0,
    off_hosts: details.off_hosts ?? [],
    waiting_hosts: details.waiting_hosts ?? [],
    is_compacted: details.is_compacted ?? false,
    forgotten_keys: details.forgotten_keys ?? 0,
    proof: end.hash,
  }
}

/** Tells everybody about a run that is over, and puts it into the audit log together with the last proof's hash. */
export async function account(host: ServiceHost, end: ProofRow, request: RunRequest): Promise<void> {
  const { run, outcome, deleted } = end
  const { failures = 0 } = JSON.parse(end.details) as ProofDetails
  host.events.emit('retention_completed', { run, outcome, deleted, failures })
  host.log.info({ run, outcome, deleted, failures }, 'old records were deleted')
  try {
    await host.audit.append({
      ...request,
      action: 'retention_purge',
      resourceType: 'personal_data',
      resourceId: String(run),
      outcome: outcome === 'done' ? 'done' : 'failed',
      after: { run, outcome, deleted, failures, proof: { sequence: end.sequence, hash: end.hash } },
    })
  } catch (error) {
    host.log.error({ err: error, run }, 'a retention run could not be put into the audit log; its proofs are stored')
  }
}
