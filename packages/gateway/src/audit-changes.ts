import type { ApplyResult } from '@drawbridge/core'
import type { Actor, AuditEntry, AuditSource, ConfigurationState, ServiceHost } from '@drawbridge/plugin-kit'

/** Who or what made the gateway read its configuration again. */
export interface ReloadCause {
  readonly actor: Actor
  readonly source: AuditSource
}

/** Somebody saved a file. */
export const FILE_SAVED: ReloadCause = { actor: { kind: 'file', name: 'configuration files' }, source: 'file_watcher' }

/** Somebody sent SIGHUP. */
export const HANGUP: ReloadCause = { actor: { kind: 'system', name: 'SIGHUP' }, source: 'system' }

/** An older version of the files was put back; who wanted that, the restore itself says. */
export const RESTORED: ReloadCause = { actor: { kind: 'system', name: 'restore' }, source: 'system' }

/** Effective configuration as `describeState` makes it. */
interface Effective {
  readonly gateway: unknown
  readonly routes: Readonly<Record<string, unknown>>
}

/** The audit entries of a configuration that came into force: one for the whole, one for each route. None where nothing changed. */
export function describeReload(
  cause: ReloadCause,
  states: { readonly before: ConfigurationState; readonly after: ConfigurationState },
  applied: ApplyResult,
): AuditEntry[] {
  const [before, after] = [states.before.effective as Effective, states.after.effective as Effective]
  if (JSON.stringify(states.before) === JSON.stringify(states.after)) return []
  const { added, changed, removed } = applied
  const route = (action: string, host: string): AuditEntry => ({
    ...cause,
    action,
    resourceType: 'route',
    resourceId: host,
    before: before.routes[host],
    after: after.routes[host],
  })
  return [
    {
      ...cause,
      action: 'config_reload',
      resourceType: 'configuration',
      before: { gateway: before.gateway, hosts: Object.keys(before.routes) },
      after: { gateway: after.gateway, hosts: Object.keys(after.routes) },
      notes: `${added.length} hosts added, ${changed.length} changed, ${removed.length} removed`,
    },
    ...known(added, after).map((host) => route('route_added', host)),
    ...known(changed, after).map((host) => route('route_changed', host)),
    ...known(removed, before).map((host) => route('route_removed', host)),
  ]
}

/** A route is known by its first host name; its other names are part of it. */
function known(hosts: readonly string[], { routes }: Effective): string[] {
  return hosts.filter((host) => Object.hasOwn(routes, host))
}

/** The audit entry of a configuration that was refused. */
export function describeRefusal(cause: ReloadCause, problem: string): AuditEntry {
  return {
    ...cause,
    action: 'config_refused',
    resourceType: 'configuration',
    outcome: 'refused',
    notes: problem,
  }
}

/** The audit entry of a start or a stop. */
export function describeProcess(action: 'gateway_started' | 'gateway_stopped', notes: string): AuditEntry {
  return { actor: { kind: 'system', name: 'gateway' }, source: 'system', action, resourceType: 'gateway', notes }
}

/** Enters what has happened already: an audit log that is away does not undo it, but the log says so. Never rejects. */
export async function account(
  { audit, log }: Pick<ServiceHost, 'audit' | 'log'>,
  entries: readonly AuditEntry[],
): Promise<void> {
  for (const entry of entries)
    await audit
      .append(entry)
      .catch((error: Error) => log.error({ err: error, action: entry.action }, 'this is not in the audit log'))
}
