import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  METHODS,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import type { GatewayConfig, LoadResult, RouteConfig } from '@drawbridge/config'
import { createGateway, createProxyTrust } from '@drawbridge/core'
import type { Log, RequestRecord } from '@drawbridge/plugin-kit'
import { CommandError, EXIT } from '../exit-code.ts'
import { printFindings, readConfiguration } from '../read-configuration.ts'
import { maskSecrets, secretValues } from '../secret-values.ts'

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
  /** Why the gateway answers by itself: the code that logs have, and in words what it can tell. Absent when it does not. */
  readonly refused?: { readonly code: string; readonly reason?: string }
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
  const explanation = withoutSecrets(await rehearse(result.config, url, options), result)
  process.stdout.write(options.json ? `${JSON.stringify(explanation, null, 2)}\n` : format(explanation, options))
  return EXIT.ok
}

/** What is printed may end up in an issue. */
function withoutSecrets(explanation: Explanation, result: LoadResult): Explanation {
  const { route, toBackend, toClient } = explanation
  const secrets = secretValues(result, route?.host.split(', ')[0])
  const mask = (lines: readonly string[]) => lines.map((line) => maskSecrets(line, secrets))
  return {
    ...explanation,
    ...(toBackend === undefined ? {} : { toBackend: { ...toBackend, headers: mask(toBackend.headers) } }),
    toClient: { ...toClient, headers: mask(toClient.headers) },
  }
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
  const rehearsal = prepare(url, options, config)
  const captured: Captured = {}
  const standIn = createServer((request, response) => {
    captured.toBackend = describeRequest(request)
    request.resume()
    response.writeHead(200, { 'content-type': 'text/html' }).end()
  })
  standIn.on('upgrade', (request, socket) => {
    captured.toBackend = describeRequest(request)
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n`)
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
  let toClient: Explanation['toClient']
  try {
    const { port } = await gateway.listen()
    toClient = await send(port, url, rehearsal)
  } finally {
    await gateway.close(0)
    standIn.closeAllConnections()
    standIn.close()
  }
  // Only now: the record of a tunnel is complete when the tunnel has ended.
  return describe(config, captured, toClient)
}

function describeRequest({ method = '', url = '', rawHeaders }: IncomingMessage): Explanation['toBackend'] {
  // The rehearsal itself stands between client and gateway as one more trusted hop; the real request will not have it.
  const headers = pairs(rawHeaders).map((line) => line.replace(/^(X-Forwarded-For: .*), 127\.0\.0\.1$/, '$1'))
  return { method, path: url, headers }
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

function send(
  port: number,
  { authority, path }: Target,
  { method, headers }: Rehearsal,
): Promise<Explanation['toClient']> {
  return new Promise((resolve, reject) => {
    const sent = ['Host', authority, ...headers]
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: sent, setHost: false })
    const take = (response: IncomingMessage) =>
      resolve({ status: response.statusCode ?? 0, headers: pairs(response.rawHeaders) })
    request.on('error', (error) => reject(new CommandError(error.message)))
    request.on('response', (response) => {
      response.resume()
      response.on('end', () => take(response))
    })
    const takeAndLeave = (response: IncomingMessage, socket: Duplex) => {
      socket.destroy()
      take(response)
    }
    request.on('upgrade', takeAndLeave)
    request.on('connect', takeAndLeave)
    request.end()
  })
}

/** What is sent besides the URL. */
interface Rehearsal {
  readonly method: string
  /** Without `Host`; names and values in turn. */
  readonly headers: readonly string[]
}

/** Checks what was typed, and says as this process's own forwarding headers who the client is. */
function prepare({ scheme }: Target, { method, ip, header }: ExplainOptions, config: GatewayConfig): Rehearsal {
  if (!METHODS.includes(method.toUpperCase())) throw new CommandError(`"${method}" is no HTTP method`, EXIT.usage)
  if (isIP(ip) === 0) throw new CommandError(`--ip "${ip}" is no address`, EXIT.usage)
  const given = header.map(splitHeader)
  const isTrusted = createProxyTrust(config.trustedProxies).isTrusted(ip)
  // Forwarding headers of anybody but a trusted proxy are dropped; here they would be believed as this process's.
  const kept = given.filter(
    ([name]) => !FORWARDING.test(name) || (isTrusted && !/^x-forwarded-(?:for|proto)$/i.test(name)),
  )
  const claim = (name: string) =>
    given.filter(([key]) => isTrusted && key.toLowerCase() === name).map(([, value]) => value)
  const chain = [...claim('x-forwarded-for'), ip].join(', ')
  const [proto = scheme] = claim('x-forwarded-proto')
  return {
    method: method.toUpperCase(),
    headers: ['X-Forwarded-For', chain, 'X-Forwarded-Proto', proto, ...kept.flat()],
  }
}

const FORWARDING = /^(?:x-forwarded-.*|forwarded|x-real-ip)$/i

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw new CommandError(`--header "${line}" is not "name: value"`, EXIT.usage)
  const [name, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  } catch (error) {
    throw new CommandError(`--header "${name}": ${(error as Error).message}`, EXIT.usage)
  }
  return [name, value]
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
    ...(record === undefined || record.cause === '' ? {} : { refused: describeRefusal(record) }),
    ...(toBackend === undefined ? {} : { toBackend }),
    toClient,
  }
}

function describeRefusal({ cause, refusal }: RequestRecord): NonNullable<Explanation['refused']> {
  return { code: cause, ...(refusal === undefined ? {} : { reason: refusal.message }) }
}

function describeRoute({ hosts, position, backend }: RouteConfig): Explanation['route'] {
  return { host: hosts.join(', '), file: position.file, line: position.line, backend: backend.source }
}

function format(
  { route, plugins, path, decisions, refused, toBackend, toClient }: Explanation,
  { method, url }: ExplainOptions,
): string {
  return [
    `${method.toUpperCase()} ${url}`,
    ...(path === ''
      ? ['route      none is asked: the listener itself answers']
      : describeWay({ route, plugins, path })),
    ...decisions.map((decision) => `decided    ${JSON.stringify(decision)}`),
    ...(refused === undefined ? [] : [`refused    ${[refused.code, refused.reason].filter(Boolean).join(': ')}`]),
    ...(toBackend === undefined
      ? ['backend    is not asked']
      : [`backend    ${route?.backend} gets ${toBackend.method} ${toBackend.path}`, ...toBackend.headers.map(indent)]),
    `client     gets ${toClient.status}${toBackend === undefined ? '' : ' (the status is the backend’s to choose)'}`,
    ...toClient.headers.map(indent),
    '',
  ].join('\n')
}

function describeWay({ route, plugins, path }: Pick<Explanation, 'route' | 'plugins' | 'path'>): string[] {
  return [
    route === null
      ? 'route      none serves this host: the default answer'
      : `route      ${route.host}  (${route.file}:${route.line})`,
    `path       ${path}  (as rules see it)`,
    `plugins    ${plugins.join(' → ')}`,
  ]
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
