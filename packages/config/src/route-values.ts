import { X509Certificate } from 'node:crypto'
import path from 'node:path'
import { parseBackend } from './backend.ts'
import { parseHostName } from './host-name.ts'
import type { Backend, BackendTls, ListenAddress, RouteConfig } from './model.ts'
import { child, inFile, type MapNode } from './node.ts'
import type { RouteKeys } from './route-keys.ts'
import { folderOf } from './source.ts'

/** Tells what is wrong with a value of the route, by its path. */
export type Report = (
  at: readonly (string | number)[],
  facts: {
    readonly message: string
    readonly hint?: string | undefined
    readonly code?: string
  },
) => void

/** Normalises the hosts; wrong ones are reported and left out. */
export function readHosts(report: Report, { host }: RouteKeys): readonly string[] {
  const written = typeof host === 'string' ? [host] : host
  return written.flatMap((text, index) => {
    const result = parseHostName(text)
    if (result.problem === undefined) return [result.host]
    report(typeof host === 'string' ? ['host'] : ['host', index], { message: result.problem, hint: result.hint })
    return []
  })
}

/** What reading a backend needs besides the keys. */
export interface BackendContext {
  /** The merged route: tells in which file the name of a certificate file stands. */
  readonly node: MapNode
  readonly listeners: readonly ListenAddress[]
  readText(file: string): { readonly text: string } | { readonly problem: string }
}

/** Reads the backend with its TLS settings. `undefined` when something was reported. */
export function readBackend(report: Report, keys: RouteKeys, context: BackendContext): Backend | undefined {
  const result = parseBackend(keys.backend, context.listeners)
  if (result.problem !== undefined) {
    report(['backend'], { message: result.problem, hint: result.hint })
    return undefined
  }
  if (result.backend.kind !== 'https') return result.backend
  const tls = readBackendTls(report, keys, context)
  return tls === undefined ? undefined : { ...result.backend, tls }
}

function readBackendTls(report: Report, { backend_tls }: RouteKeys, context: BackendContext): BackendTls | undefined {
  const { ca: file, verify, server_name: serverName } = backend_tls
  const named = serverName === undefined ? {} : { serverName }
  if (file === undefined) return { verify, ...named }
  const origin = inFile(child(child(context.node, 'backend_tls'), 'ca')?.origin)
  const absolute = path.resolve(origin === undefined ? '.' : folderOf(origin), file)
  const result = context.readText(absolute)
  const problem = 'problem' in result ? result.problem : certificateProblem(result.text)
  if (problem !== undefined || 'problem' in result) {
    report(['backend_tls', 'ca'], { code: 'file-unreadable', message: `the file ${absolute} ${problem ?? ''}` })
    return undefined
  }
  return { verify, ca: result.text, ...named }
}

function certificateProblem(pem: string): string | undefined {
  try {
    new X509Certificate(pem)
    return undefined
  } catch {
    // OpenSSL's own words ("no start line") help nobody.
    return 'holds no certificate in PEM form'
  }
}

/** Reads `host_header`. `undefined` when something was reported. */
export function readHostHeader(report: Report, { host_header }: RouteKeys): RouteConfig['hostHeader'] | undefined {
  const text = host_header.trim()
  if (text === 'preserve' || text === 'upstream') return text
  const [, name = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/.exec(text) ?? []
  const isWildcard = name.startsWith('*')
  if (!isWildcard && parseHostName(name).problem === undefined) return { name: text.toLowerCase() }
  report(['host_header'], { message: '"host_header" must be preserve, upstream or a host name' })
  return undefined
}

/** Reads `upgrades` in lower case. */
export function readUpgrades(report: Report, { upgrades }: RouteKeys): readonly string[] {
  return upgrades.map((protocol, index) => {
    const lower = protocol.toLowerCase()
    // RFC 9113 3.1 took the h2c upgrade away, and letting it through is a way to smuggle requests past every check.
    if (lower === 'h2c') report(['upgrades', index], { message: 'an upgrade to h2c would bypass the gateway' })
    return lower
  })
}
