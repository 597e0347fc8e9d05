import { type Clock, systemClock } from './clock.ts'
import type { Plugin, PluginDefinition, Service } from './plugin.ts'
import type { RequestRecord } from './request-record.ts'

/** The part of a pino logger that plugins use: facts first, then the sentence. */
export interface Log {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** What the gateway offers to the plugins of one route. */
export interface Host {
  readonly clock: Clock
  readonly log: Log
  /** The route's first host name; empty for the default answer and stand-alone. */
  readonly routeHost: string
  /** The plugin's own process-wide state, made at the first call and kept over reloads. */
  service<T extends Service>(plugin: Pick<Plugin, 'name' | 'service'>): T
  /** Calls the listener once per request of this route, when its answer is complete or broken off. */
  onFinish(listener: (record: RequestRecord) => void): void
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

/** Options of `createServices`. */
export interface ServiceDependencies {
  readonly clock?: Clock
  readonly log: Log
}

/** Process-wide plugin state, by plugin name. */
export interface Services {
  get<T extends Service>(plugin: Pick<PluginDefinition, 'name' | 'service'>): T
  /** Stops all in reverse order of making. */
  stop(): Promise<void>
}

/** Makes the register of plugin services. A service is made at its first use. */
export function createServices({ clock = systemClock, log }: ServiceDependencies): Services {
  const made = new Map<string, Service>()
  return {
    get<T extends Service>(plugin: Pick<PluginDefinition, 'name' | 'service'>): T {
      let service = made.get(plugin.name)
      if (service === undefined) {
        if (plugin.service === undefined) throw new TypeError(`plugin ${plugin.name} has no service`)
        service = plugin.service({ clock, log })
        made.set(plugin.name, service)
      }
      return service as T
    },
    async stop() {
      for (const service of [...made.values()].reverse()) await service.stop?.()
      made.clear()
    },
  }
}
