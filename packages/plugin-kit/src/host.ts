import { type AuditTrail, noAuditTrail } from './audit-trail.ts'
import { type BanList, noBanList } from './ban-list.ts'
import { type Clock, systemClock } from './clock.ts'
import { createEvents, type Events } from './events.ts'
import type { InFlightRequest } from './in-flight.ts'
import { type Installation, noInstallation } from './installation.ts'
import type { Plugin, PluginDefinition, Service } from './plugin.ts'
import { noPseudonyms, type Pseudonyms } from './pseudonyms.ts'
import { plainRedactor, type Redactor } from './redactor.ts'
import type { RequestEntry } from './request-entry.ts'
import type { RequestRecord } from './request-record.ts'
import { noStorage, type Storage } from './storage.ts'

/** The part of a pino logger that plugins use: facts first, then the sentence. */
export interface Log {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** What the gateway offers to a plugin's service, admin endpoints and to everything else that belongs to no route. */
export interface ServiceHost {
  readonly clock: Clock
  readonly log: Log
  readonly storage: Storage
  /** For what belongs to no route: that of the default answer. */
  readonly redactor: Redactor
  readonly pseudonyms: Pseudonyms
  readonly events: Events
  readonly audit: AuditTrail
  readonly bans: BanList
  readonly installation: Installation
  /** The plugin's own process-wide state, made at the first call and kept over reloads. */
  service<T extends Service>(plugin: Pick<Plugin, 'name' | 'service'>): T
}

/** What the gateway offers to the plugins of one route. */
export interface Host extends ServiceHost {
  /** The route's first host name; empty for the default answer and stand-alone. */
  readonly routeHost: string
  /** The route's stable number; 0 for the default answer, stand-alone and while the database is away. */
  readonly routeId: number
  /** The route's own. */
  readonly redactor: Redactor
  /** The requests of this route that are under way; tunnels too. */
  readonly inFlight: Iterable<InFlightRequest>
  /** Calls the listener once per request of this route, when its answer is complete or broken off. For plugins that act on the client itself (bans); whoever records wants `onEntry`. */
  onFinish(listener: (record: RequestRecord) => void): void
  /** Calls the listener once per finished request, with what may be logged, stored and shown of it. */
  onEntry(listener: (entry: RequestEntry) => void): void
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What the gateway, or else the first plugin, prepared for the plugins of this app. */
    gateway: Host
  }
  interface FastifyRequest {
    gateway: RequestRecord
  }
}

/** What a `ServiceHost` is made from; what is missing does nothing. */
export type ServiceHostParts = Pick<ServiceHost, 'log'> & Partial<Omit<ServiceHost, 'service'>>

/** Process-wide plugin state, by plugin name. */
export interface Services {
  /** What every service is given. */
  readonly host: ServiceHost
  get<T extends Service>(plugin: Pick<PluginDefinition, 'name' | 'service'>): T
  /** Stops all in reverse order of making. */
  stop(): Promise<void>
}

/** Makes the register of plugin services. A service is made at its first use. */
export function createServices(parts: ServiceHostParts): Services {
  const made = new Map<string, Service>()
  const host: ServiceHost = {
    clock: systemClock,
    storage: noStorage,
    redactor: plainRedactor,
    pseudonyms: noPseudonyms,
    events: createEvents({
      wallNow: () => (parts.clock ?? systemClock).wallNow(),
      onError: (error, name) => parts.log.error({ err: error, event: name }, 'a listener of events failed'),
    }),
    audit: noAuditTrail,
    bans: noBanList,
    installation: noInstallation,
    ...parts,
    service: get,
  }

  function get<T extends Service>(plugin: Pick<PluginDefinition, 'name' | 'service'>): T {
    let service = made.get(plugin.name)
    if (service === undefined) {
      if (plugin.service === undefined) throw new TypeError(`plugin ${plugin.name} has no service`)
      service = plugin.service(host)
      made.set(plugin.name, service)
    }
    return service as T
  }

  return {
    host,
    get,
    async stop() {
      for (const service of [...made.values()].reverse()) await service.stop?.()
      made.clear()
    },
  }
}
