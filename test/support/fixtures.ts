import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import type { Backend, GatewayConfig, PluginUse, RouteConfig } from '@drawbridge/config'
import { createGateway, type Gateway } from '@drawbridge/core'
import {
  type Clock,
  definePlugin,
  type Log,
  PHASES,
  type Plugin,
  type PluginDefinition,
  resolveOptions,
} from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

/** The part of tap's test object that fixtures need. */
export interface Teardown {
  teardown(action: () => unknown): void
}

/** A line that the gateway logged. */
export interface LogLine {
  readonly level: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** A log that remembers its lines. */
export function createTestLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: string) => (facts: object, message: string) => {
    lines.push({ level, message, facts: facts as Record<string, unknown> })
  }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Starts an HTTP backend on a free port; it ends with the test. */
export async function startBackend(t: Teardown, listener: RequestListener): Promise<{ url: string; port: number }> {
  const server = createServer(listener)
  server.keepAliveTimeout = 60_000
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const port = await listen(server)
  return { url: `http://127.0.0.1:${port}`, port }
}

/** Starts a TCP backend that a test plays by hand. */
export async function startRawBackend(
  t: Teardown,
  onSocket: (socket: Socket) => void,
): Promise<{ url: string; port: number }> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const port = await listen(server)
  return { url: `http://127.0.0.1:${port}`, port }
}

/** Listens on a free port of 127.0.0.1 and tells which. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A plugin of a test's own, without options; in the last phase unless it says otherwise. */
export function makePlugin(parts: Partial<PluginDefinition> & Pick<PluginDefinition, 'name'>): Plugin {
  return definePlugin({
    key: parts.name.replaceAll('-', '_'),
    phase: 'record',
    isOnByDefault: true,
    options: Type.Object({}, { additionalProperties: false }),
    ...parts,
  })
}

/** A plugin with its raw options, as a route would write them. */
export type PluginSetting = readonly [plugin: Plugin, options?: Readonly<Record<string, unknown>>]

/** What a test's gateway serves. */
export interface TestGatewayOptions {
  /** Backend URL by host name. */
  readonly routes: Readonly<Record<string, string | Partial<RouteConfig>>>
  readonly plugins?: readonly PluginSetting[]
  readonly clock?: Clock
  readonly config?: Partial<GatewayConfig>
}

/** A gateway that runs in the test's process. */
export interface TestGateway {
  readonly gateway: Gateway
  readonly url: string
  readonly port: number
  readonly log: ReturnType<typeof createTestLog>
}

/** Starts a gateway on a free port; it ends with the test. Plugins run in the order of their phases. */
export async function startGateway(t: Teardown, options: TestGatewayOptions): Promise<TestGateway> {
  const log = createTestLog()
  const config = makeConfig(options)
  const gateway = await createGateway({ config, log, ...(options.clock === undefined ? {} : { clock: options.clock }) })
  const { port } = await gateway.listen()
  t.teardown(() => gateway.close(200))
  return { gateway, log, port, url: `http://127.0.0.1:${port}` }
}

/** A configuration made by hand, for tests of core and plugins that are not about reading files. */
export function makeConfig({ routes, plugins = [], config = {} }: TestGatewayOptions): GatewayConfig {
  const uses = orderByPhase(plugins.map(usePlugin))
  return {
    file: '/test/drawbridge.yaml',
    listen: {
      http: { host: '127.0.0.1', port: 0 },
      headerTimeoutMs: 10_000,
      idleTimeoutMs: 60_000,
      maxHeaderBytes: 65_536,
    },
    admin: { listen: { host: '127.0.0.1', port: 0 }, allowedHosts: [] },
    routesFolder: '/test/routes',
    dataFolder: '/test/data',
    trustedProxies: [],
    shutdownTimeoutMs: 5000,
    routes: Object.entries(routes).map(([host, route]) => makeRoute(host, route, uses)),
    defaultRoute: { plugins: uses, hash: JSON.stringify(plugins.map(([plugin, raw]) => [plugin.name, raw])) },
    ...config,
  } as GatewayConfig
}

function makeRoute(host: string, route: string | Partial<RouteConfig>, plugins: readonly PluginUse[]): RouteConfig {
  const fields = typeof route === 'string' ? { backend: makeBackend(route) } : route
  const made = {
    hosts: [host],
    hostHeader: 'preserve' as const,
    upgrades: ['websocket'],
    forwarded: false,
    plugins,
    position: { file: 'test', line: 1, column: 1 },
    backend: makeBackend('http://127.0.0.1:9'),
    ...fields,
  }
  const summary = JSON.stringify([made, plugins.map(({ plugin, options }) => [plugin.name, options])])
  return { hash: summary, ...made }
}

/** A backend as configuration resolves it, from its URL. */
export function makeBackend(source: string): Backend {
  if (source.startsWith('unix:')) {
    return { source, kind: 'unix', origin: 'http://localhost', socketPath: source.slice(5), basePath: '' }
  }
  const url = new URL(source)
  const kind = url.protocol === 'https:' ? 'https' : 'http'
  return { source, kind, origin: url.origin, basePath: url.pathname === '/' ? '' : url.pathname }
}

function usePlugin([plugin, raw]: PluginSetting): PluginUse {
  const resolution = resolveOptions(plugin.options, raw ?? {})
  if ('value' in resolution) return { plugin, options: resolution.value as Readonly<Record<string, unknown>> }
  throw new Error(JSON.stringify(resolution.problems))
}

function orderByPhase(uses: readonly PluginUse[]): PluginUse[] {
  return [...uses].sort((a, b) => PHASES.indexOf(a.plugin.phase) - PHASES.indexOf(b.plugin.phase))
}

/** Sends raw bytes and returns everything that comes back until the other side closes, or `until` matches. */
export async function sendRaw(port: number, bytes: string | Buffer, until?: RegExp): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.setEncoding('latin1')
  await new Promise<void>((resolve) => {
    socket.on('data', (text: string) => {
      received += text
      if (until?.test(received)) resolve()
    })
    socket.on('close', () => resolve())
    socket.on('error', () => resolve())
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  })
  socket.destroy()
  return received
}

/** Reads a message's whole body. */
export async function readBody(message: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of message) body += (chunk as Buffer).toString('latin1')
  return body
}

/** A backend that tells in JSON what reached it. */
export async function echoListener(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  response.setHeader('content-type', 'application/json')
  response.end(
    JSON.stringify({
      method: request.method,
      url: request.url,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
    }),
  )
}

/** Waits until something holds that can only be seen by looking. Rejects after five seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 5000
  while (!holds()) {
    if (Date.now() > end) throw new Error(`never came true: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
