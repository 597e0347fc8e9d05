import type { Actor, AuditEntry, ServiceHost } from '@drawbridge/plugin-kit'
import type { FastifyRequest } from 'fastify'
import { addressOf } from './client.ts'
import { AuditAway } from './errors.ts'

/** What is done, for the audit log; whence and in which request is added. The actor is the caller unless it is said. */
export type Deed = Pick<
  AuditEntry,
  'action' | 'resourceType' | 'resourceId' | 'outcome' | 'before' | 'after' | 'notes'
> & { readonly actor?: Actor }

/** The admin app's way to the audit log. */
export interface Accountability {
  /** Enters the deed and only then does it. Rejects with `AuditAway` (503), nothing done, where it cannot be entered; a deed that fails is entered as failed too. */
  change<T>(request: FastifyRequest, deed: Deed, act: () => Promise<T>): Promise<T>
  /** For what happened anyway: refusals, sign-ins. Where the audit log is away, the process log has it. */
  note(request: FastifyRequest, deed: Deed): Promise<void>
}

/** Connects to the audit log of the host. */
export function createAccountability({ audit, log }: ServiceHost): Accountability {
  async function note(request: FastifyRequest, deed: Deed): Promise<void> {
    try {
      await audit.append(entryOf(request, deed))
    } catch (error) {
      const { action, outcome, actor = request.caller } = deed
      const facts = { err: error, action, outcome, user: actor.name, request_id: request.id }
      log.warn(facts, 'not in the audit log, which cannot be written')
    }
  }
  return {
    note,
    async change(request, deed, act) {
      try {
        await audit.append(entryOf(request, deed))
      } catch (error) {
        const facts = { err: error, action: deed.action, request_id: request.id }
        log.error(facts, 'a change was refused: the audit log cannot be written')
        throw Object.assign(new AuditAway(), { cause: error })
      }
      try {
        return await act()
      } catch (error) {
        await note(request, { ...deed, outcome: 'failed' })
        throw error
      }
    },
  }
}

function entryOf(request: FastifyRequest, { actor = request.caller, ...deed }: Deed): AuditEntry {
  const { kind, name } = actor
  const source = request.caller?.source ?? 'dashboard'
  return { ...deed, actor: { kind, name }, source, requestId: request.id, address: addressOf(request) }
}
