import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { GatewayConfig, RouteConfig } from '@drawbridge/config'
import { createGateway } from '@drawbridge/core'
import type { Log, RequestRecord } from '@drawbridge/plugin-kit'
import { CommandError, EXIT } from '../exit-code.ts'
import { printFindings, readConfiguration } from '../read-configuration.ts'

/** Options of `drawbridge explain`. */
export interface ExplainOptions {
  readonly method: string
  readonly url: string
  readonly config?: string
  readonly ip: string
  readonly header: readonly string[]
  readonly json?: boolean
}

/** What would happen to a request. */
export interface Explanation {
  readonly route: {
    readonly host: string
    readonly file: string
    readonly line: number
    readonly backend: string
  } | null
  readonly plugins: readonly string[]
  readonly path: string
  readonly decisions: readonly object[]
  /** Absent when the request would not reach the backend. */
  readonly toBackend?: { readonly method: string; readonly path: string; readonly headers: readonly string[] }
  readonly toClient: { readonly status: number; readonly headers: readonly string[] }
}

interface Captured {
  record?: RequestRecord
  toBackend?: Explanation['toBackend']
}

/**
 * `drawbridge explain`: sends the request through the real route, on this machine, to a stand-in for the backend that answers 200.
 * What is printed is therefore what happens, not what a second reading of the rules thinks would happen.
 */
export async function explain(options: ExplainOptions): Promise<number> {
  const { result } = await readConfiguration(options.config)
  if (result.config === undefined) {
    printFindings(result)
    return EXIT.invalidConfig
  }
  const url = parseUrl(options.url)
  const explanation = await rehearse(result.config, url, options)
  process.stdout.write(options.json ? `${JSON.stringify(explanation, null, 2)}\n` : format(explanation, options))
  return EXIT.ok
}

/** A URL taken apart by hand: `new URL` would tidy up the very path that is to be explained. */
interface Target {
  readonly scheme: string
  readonly authority: string
  readonly path: string
}

function parseUrl(text: string): Target {
  const [, scheme = 'http', authority = '', path = ''] = /^(?:(https?):\/\/)?([^/?#\s]+)([^#\s]*)$/i.exec(text) ?? []
  if (authority === '') throw new CommandError(`"${text}" is no URL; write http://host/path`, EXIT.usage)
  return { scheme: scheme.toLowerCase(), authority, path: path.startsWith('/') ? path : `/${path}` }
}

async function rehearse(config: GatewayConfig, url: Target, options: ExplainOptions): Promise<Explanation> {
  const captured: Captured = {}
  const standIn = createServer((request, response) => {
    // The rehearsal itself stands between client and gateway as one more trusted hop; the real request will not have it.
    const headers = pairs(request.rawHeaders).map((line) => line.replace(/^(X-Forwarded-For: .*), 127\.0\.0\.1$/, '$1'))
    captured.toBackend = { method: request.method ?? '', path: request.url ?? '', headers }
    request.resume()
    response.writeHead(200, { 'content-type': 'text/html' }).end()
  })
  await new Promise<void>((resolve) => standIn.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(standIn.address() as AddressInfo).port}`
  const gateway = await createGateway({
    config: stage(config, origin),
    log: SILENT,
    onFinish: (record) => {
      captured.record = record
    },
  })
  try {
    const { port } = await gateway.listen()
    const toClient = await send(port, url, options)
    return describe(config, captured, toClient)
  } finally {
    await gateway.close(0)
    standIn.closeAllConnections()
    standIn.close()
  }
}

/** The same routes on a free loopback port, every backend replaced by the stand-in, this process believed about the client's address. */
function stage(config: GatewayConfig, origin: string): GatewayConfig {
  const backend = { source: 'stand-in', kind: 'http' as const, origin, basePath: '' }
  return {
    ...config,
    listen: { ...config.listen, http: { host: '127.0.0.1', port: 0 } },
    trustedProxies: [...config.trustedProxies, '127.0.0.1'],
    routes: config.routes.map((route) => ({ ...route, backend: { ...backend, basePath: route.backend.basePath } })),
  }
}

function send(port: number, url: Target, { method, ip, header }: ExplainOptions): Promise<Explanation['toClient']> {
  const headers = ['Host', url.authority, 'X-Forwarded-For', ip, 'X-Forwarded-Proto', url.scheme]
  for (const line of header) headers.push(...splitHeader(line))
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method: method.toUpperCase(),
      path: url.path,
      headers,
      setHost: false,
    })
    request.on('error', (error) => reject(new CommandError(error.message)))
    request.on('response', (response) => {
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: pairs(response.rawHeaders) }))
    })
    request.end()
  })
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw new CommandError(`--header "${line}" is not "name: value"`, EXIT.usage)
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
}

function describe(
  config: GatewayConfig,
  { record, toBackend }: Captured,
  toClient: Explanation['toClient'],
): Explanation {
  const route = config.routes.find(({ hosts }) => hosts[0] === record?.routeHost)
  return {
    route: route === undefined ? null : describeRoute(route),
    plugins: (route ?? config.defaultRoute).plugins.map(({ plugin }) => plugin.name),
    path: record?.path ?? '',
    decisions: record?.decisions ?? [],
    ...(toBackend === undefined ? {} : { toBackend }),
    toClient,
  }
}

function describeRoute({ hosts, position, backend }: RouteConfig): Explanation['route'] {
  return { host: hosts.join(', '), file: position.file, line: position.line, backend: backend.source }
}

function format(
  { route, plugins, path, decisions, toBackend, toClient }: Explanation,
  { method, url }: ExplainOptions,
): string {
  return [
    `${method.toUpperCase()} ${url}`,
    route === null
      ? 'route      none serves this host: the default answer'
      : `route      ${route.host}  (${route.file}:${route.line})`,
    `path       ${path}  (as rules see it)`,
    `plugins    ${plugins.join(' → ')}`,
    ...decisions.map((decision) => `decided    ${JSON.stringify(decision)}`),
    ...(toBackend === undefined
      ? ['backend    is not asked']
      : [`backend    ${route?.backend} gets ${toBackend.method} ${toBackend.path}`, ...toBackend.headers.map(indent)]),
    `client     gets ${toClient.status}${toBackend === undefined ? '' : ' (the status is the backend’s to choose)'}`,
    ...toClient.headers.map(indent),
    '',
  ].join('\n')
}

function indent(line: string): string {
  return `           ${line}`
}

function pairs(raw: readonly string[]): string[] {
  const lines: string[] = []
  for (let i = 0; i < raw.length; i += 2) lines.push(`${raw[i]}: ${raw[i + 1]}`)
  return lines
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }
