import { mkdtempSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GatewayConfig } from '@drawbridge/config'
import { createGateway } from '@drawbridge/core'
import { createStorage, type SqlValue } from '@drawbridge/db'
import { type BansService, plugin as bans } from '@drawbridge/plugin-bans'
import {
  type AuditEntry,
  type BanList,
  type GatewayEvent,
  type Pseudonyms,
  plainRedactor,
  type Redactor,
  type RequestRecord,
  resolveOptions,
} from '@drawbridge/plugin-kit'
import { createTestClock, type TestClock } from '@drawbridge/plugin-kit/testing'
import { plugin as logPrivacy } from '@drawbridge/plugin-log-privacy'
import { plugin as rateLimit } from '@drawbridge/plugin-rate-limit'
import { plugin as tracing } from '@drawbridge/plugin-tracing'
import {
  createTestLog,
  makeConfig,
  makePlugin,
  type PluginSetting,
  sendRaw,
  startBackend,
  type Teardown,
} from './fixtures.ts'

/** What a limited gateway serves and where it keeps its data. */
export interface LimitedOptions {
  /** Options of rate_limit by host. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>
  readonly backend?: RequestListener
  /** A folder that was used before: a restart. */
  readonly folder?: string
  readonly clock?: TestClock
  /** Instead of the shipped rate_limit. */
  readonly plugin?: typeof rateLimit
}

/** Stands for the gateway's own: one name per client. */
const pseudonyms: Pseudonyms = {
  of: (address) => `p-${address}`,
  allOf: (address) => [`p-${address}`],
  days: () => [],
  forget: () => Promise.resolve(0),
}

/** A gateway with bans and rate limits over a real database, which believes `X-Forwarded-For`. */
export async function startLimited(t: Teardown, options: LimitedOptions) {
  const { clock = createTestClock(Date.UTC(2026, 10, 23, 12)), folder = makeFolder(t), plugin = rateLimit } = options
  const { url } = await startBackend(t, options.backend ?? ((_request, response) => response.end('in')))
  const storage = createStorage({
    file: join(folder, 'test.db'),
    migrations: [bans, plugin].map(({ name, migrations = [] }) => ({ owner: name, migrations })),
    every: () => () => {},
    onChange: () => {},
  })
  storage.enterHosts(Object.keys(options.routes))
  const records: RequestRecord[] = []
  const audited: AuditEntry[] = []
  const announced: GatewayEvent[] = []
  // At 0 the record means that nothing happened yet.
  clock.advance(1000)
  let list: BanList | undefined
  const log = createTestLog()
  const config = configure(options.routes, { url, plugin, records })
  const gateway = await createGateway({
    config,
    log,
    clock,
    storage,
    pseudonyms,
    redactor: createRedactor(),
    routeIdOf: (host) => storage.routeIdOf(host),
    bans: { ban: (request) => (list as BanList).ban(request) },
    audit: {
      append: async (entry) => {
        audited.push(entry)
      },
    },
  })
  const banned = gateway.services.get<BansService>(bans)
  list = banned
  gateway.services.host.events.on((event) => announced.push(event))
  const { port } = await gateway.listen()
  const [firstHost] = Object.keys(options.routes)
  /** Sends a request as somebody; the whole answer. */
  async function send(
    client: string,
    target = '/',
    { host = firstHost, method = 'GET', body = '' } = {},
  ): Promise<string> {
    const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`
    const head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: ${client}\r\n${length}Connection: close\r\n\r\n`
    return sendRaw(port, head + body)
  }
  let isClosed = false
  async function stop(): Promise<void> {
    if (isClosed) return
    isClosed = true
    await gateway.close(200)
    await storage.close()
  }
  t.teardown(stop)
  return {
    port,
    clock,
    folder,
    gateway,
    records,
    audited,
    announced,
    log,
    bans: banned,
    storage,
    stop,
    /** Goes over to other backends, without limits. */
    serve: (backends: Readonly<Record<string, string>>) =>
      gateway.apply({
        ...config,
        routes: Object.entries(backends).flatMap(
          ([host, backend]) => configure({ [host]: undefined }, { url: backend, plugin, records }).routes,
        ),
      }),
    reload: (routes: LimitedOptions['routes']) => gateway.apply(configure(routes, { url, plugin, records })),
    send,
    /** The same; its status. */
    async ask(...request: Parameters<typeof send>) {
      return Number((await send(...request)).split(' ', 2)[1])
    },
    async rows(sql: string): Promise<Record<string, SqlValue>[]> {
      await storage.flush()
      return storage.all(sql)
    },
  }
}

function makeFolder(t: Teardown): string {
  const folder = mkdtempSync(join(tmpdir(), 'limited-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Parts {
  readonly url: string
  readonly plugin: typeof rateLimit
  readonly records: RequestRecord[]
}

function configure(routes: LimitedOptions['routes'], { url, plugin, records }: Parts): GatewayConfig {
  const probe = makePlugin({
    name: 'probe',
    phase: 'trace',
    wire: (_app, _options, host) => host.onFinish((record) => records.push(record)),
  })
  const made = Object.entries(routes).map(([host, raw]) => {
    const settings: PluginSetting[] = [
      [tracing],
      [probe],
      [logPrivacy],
      [bans],
      ...(raw === undefined ? [] : [[plugin, raw] as const]),
    ]
    return makeConfig({ routes: { [host]: url }, plugins: settings }).routes
  })
  const base = makeConfig({
    routes: {},
    plugins: [[bans], [plugin, { per_ip: '4/m' }]],
    config: { trustedProxies: ['127.0.0.1'] },
  })
  return { ...base, routes: made.flat() }
}

/** As the gateway has it without any configuration. */
function createRedactor(): Redactor {
  const resolution = resolveOptions(logPrivacy.options, {})
  if (!('value' in resolution)) throw new Error(JSON.stringify(resolution.problems))
  return logPrivacy.redactor?.(resolution.value, pseudonyms) ?? plainRedactor
}
