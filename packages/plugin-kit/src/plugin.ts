import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import fp from 'fastify-plugin'
import type { Static, TObject } from 'typebox'
import type { AuditTrail } from './audit-trail.ts'
import type { BanList } from './ban-list.ts'
import type { Command } from './command.ts'
import type { Interceptor, ResponseHead } from './dispatch.ts'
import type { EventDefinition } from './events.ts'
import type { HeaderEdit } from './header-edits.ts'
import type { Host, ServiceHost } from './host.ts'
import { type Problem, resolveOptions } from './options.ts'
import type { Phase } from './phase.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import type { Redactor } from './redactor.ts'
import type { RequestRecord } from './request-record.ts'
import { addStandaloneEdits, prepareStandalone } from './standalone.ts'
import type { FileStore, Migration, TableDefinition } from './stored-data.ts'

/** What a plugin adds on the backend side of a route. */
export interface UpstreamPart {
  /** Changes to the headers sent to the backend. */
  readonly headers?: readonly HeaderEdit[]
  /** Milliseconds a new backend connection may take. */
  readonly connectTimeoutMs?: number
  /** Milliseconds an idle backend connection is kept. */
  readonly keepAliveTimeoutMs?: number
  /** Wraps the dispatch of a request to the backend (retry, breaker). The last plugin's is outermost. */
  readonly intercept?: Interceptor
}

/** What a plugin does with answers on their way to the client. */
export interface ResponsePart {
  /** Changes to the headers of every answer, the backend's and the gateway's own. */
  readonly headers?: readonly HeaderEdit[]
  /** An error to answer with instead of the backend's answer, whose body is then thrown away. */
  replace?(head: ResponseHead, record: RequestRecord): Error | undefined
  /** True to take this answer's body through Fastify's `reply.send` and `onSend` instead of straight to the socket. */
  claimsBody?(head: ResponseHead, record: RequestRecord): boolean
}

/** What a plugin says about itself; `definePlugin` makes a `Plugin` of it. */
export interface PluginDefinition<S extends TObject = TObject> {
  /** Kebab-case: the folder, the package suffix, the prefix of events, tables and (upper case) error codes. */
  readonly name: string
  /** The configuration key, snake_case. */
  readonly key: string
  readonly phase: Phase
  /** Names of plugins of the same phase that come before this one. */
  readonly after?: readonly string[]
  /** Whether a route that does not mention the key has the plugin on, with its defaults. */
  readonly isOnByDefault: boolean
  /** Closed object; every property with description, default, unit and bounds. */
  readonly options: S
  /** Raw options by application name (`pterodactyl`), merged between `defaults` and the route when it says `app: …`. */
  readonly presets?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Rules across fields, and warnings. Paths are relative to the plugin's options. */
  check?(options: Static<S>): readonly Problem[]
  /** Warnings for a route that switches off what is on by default. */
  readonly problemsWhenOff?: readonly Problem[]
  /** Names of events that a route with these options may announce, where others wait for them. */
  announces?(options: Static<S>): readonly string[]
  /** Events that options rely on, and what to say of them on a route where no plugin announces such an event. */
  awaits?(options: Static<S>): readonly { readonly event: string; readonly problem: Problem }[]
  /** Request side: adds hooks to the route's Fastify context. */
  wire?(app: FastifyInstance, options: Static<S>, host: Host): void
  /** Backend side. */
  upstream?(options: Static<S>): UpstreamPart
  /** Answer side. */
  response?(options: Static<S>): ResponsePart
  /** Made once per process, at the start of the gateway, and kept over reloads: counters, timers. `stop` ends it. */
  service?(host: ServiceHost): Service
  /** The redactor of a route with these options. One plugin has this part. */
  redactor?(options: Static<S>, pseudonyms: Pseudonyms): Redactor
  /** The audit log. One plugin has this part. */
  auditTrail?(host: ServiceHost): AuditTrail
  /** Who is kept out. One plugin has this part. */
  banList?(host: ServiceHost): BanList
  /** Endpoints of the admin API below `/api`, each with `schema` and `config: { role }`. Called once, also when no route has the plugin on. */
  admin?(app: FastifyInstance, host: ServiceHost): void
  /** Commands of `drawbridge`. */
  readonly commands?: readonly Command[]
  readonly tables?: readonly TableDefinition[]
  readonly migrations?: readonly Migration[]
  /** Personal data outside tables. */
  fileStores?(host: ServiceHost): readonly FileStore[]
  /** What it can announce. */
  readonly events?: readonly EventDefinition[]
}

/** State of a plugin that outlives reloads. */
export interface Service {
  stop?(): void | Promise<void>
}

/** A plugin's request side: an ordinary Fastify plugin. An interface, so that packages can export it under this name. */
export interface PluginRoute extends FastifyPluginCallback<Record<string, unknown>> {}

/** A plugin as the gateway loads it. `route` is also the package's default export, for any Fastify app. */
export interface Plugin<S extends TObject = TObject> extends PluginDefinition<S> {
  readonly route: PluginRoute
}

/**
 * Makes a plugin from its definition. Has no side effects; throws an Error when the definition contradicts itself.
 * The `route` registers in any Fastify 5 app: inside the gateway it finds what core prepared, elsewhere it prepares that itself.
 */
export function definePlugin<S extends TObject>(definition: PluginDefinition<S>): Plugin<S> {
  assertDefinition(definition)
  const route: PluginRoute = (app, raw, done) => {
    const resolution = resolveOptions(definition.options, raw)
    if (!('value' in resolution)) return done(new TypeError(explainProblems(definition, resolution.problems)))
    const mistakes = (definition.check?.(resolution.value) ?? []).filter(({ severity }) => severity === 'error')
    if (mistakes.length > 0) return done(new TypeError(explainProblems(definition, mistakes)))
    try {
      prepareStandalone(app)
      definition.wire?.(app, resolution.value, app.gateway)
      addStandaloneEdits(app, definition, resolution.value)
    } catch (error) {
      // Of a plugin with a callback Fastify does not catch this: it would end the process, not the start of one route.
      return done(error as Error)
    }
    done()
  }
  return Object.freeze({
    ...definition,
    route: fp(route, { name: `@drawbridge/plugin-${definition.name}`, fastify: '5.x' }),
  })
}

function assertDefinition({ name, key, options }: PluginDefinition): void {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name)) throw new TypeError(`plugin name "${name}" is not kebab-case`)
  if (!/^[a-z][a-z0-9_]*$/.test(key)) throw new TypeError(`plugin ${name}: key "${key}" is not snake_case`)
  if (Reflect.get(options, 'additionalProperties') !== false)
    throw new TypeError(`plugin ${name}: its options must be closed`)
}

function explainProblems({ name, key }: PluginDefinition, problems: readonly Problem[]): string {
  const sentences = problems.map((problem) => `${[key, ...problem.path].join('.')}: ${problem.message}`)
  return `@drawbridge/plugin-${name}: ${sentences.join('; ')}`
}
