import type { Actor, AuditEntry, AuditSource, ServiceHost } from '@drawbridge/plugin-kit'
import { NotAccounted } from './errors.ts'

/** Who asks for a person's data, for the audit log. */
export interface Requester {
  readonly actor: Actor
  readonly source: AuditSource
  readonly address: string
  readonly requestId: string
}

/** What an audit entry about personal data says of who asked. */
export function auditFacts({ actor, source, address, requestId }: Requester) {
  return { actor, source, address, requestId, resourceType: 'personal_data' }
}

/** Writes to the audit log what is about to be done. Throws `NotAccounted` where that fails: then it must not be done. */
export async function account(host: ServiceHost, entry: AuditEntry): Promise<void> {
  try {
    await host.audit.append(entry)
  } catch (error) {
    throw new NotAccounted({ cause: error })
  }
}

/** Writes to the audit log how it went. It is done already, so that a failure is only logged. */
export async function accountResult(host: ServiceHost, entry: AuditEntry): Promise<void> {
  try {
    await host.audit.append(entry)
  } catch (error) {
    host.log.error({ err: error, action: entry.action }, 'a result could not be written to the audit log')
  }
}
