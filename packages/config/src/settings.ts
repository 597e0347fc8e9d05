import path from 'node:path'
import type { Discovery } from './discovery.ts'
import type { Findings } from './finding.ts'
import { parseListenAddress, reaches } from './listen-address.ts'
import type { LoadContext } from './load-context.ts'
import type { Subject } from './locate.ts'
import { longForm } from './long-form.ts'
import { MAIN_NAMES, MainKeys } from './main-keys.ts'
import type { GatewayConfig, ListenAddress } from './model.ts'
import { filterKeys, type MapEntry, toPlain } from './node.ts'
import { absolutePlugin } from './plugin-names.ts'
import { resolveRest } from './resolve-rest.ts'
import { ROUTE_KEYS } from './route-keys.ts'
import { createSource, startOf } from './source.ts'
import { didYouMean } from './suggest.ts'
import { trustProblem, trustsEveryone } from './trusted-proxies.ts'

/** The configuration without its routes. */
export type Settings = Omit<GatewayConfig, 'routes' | 'defaultRoute'>

/** Resolves the keys of drawbridge.yaml. `undefined` when a finding says why there are no settings. */
export function resolveSettings(
  { findings, readText }: Pick<LoadContext, 'findings' | 'readText'>,
  found: Discovery,
  pluginKeys: readonly string[],
): Settings | undefined {
  const node = longForm(found.main ?? { kind: 'map', entries: new Map(), origin: 'default' })
  const subject: Subject = { node, path: [], fallback: startOf(createSource(found.file, '')) }
  const unknown = [...node.entries].filter(([key]) => !MAIN_NAMES.includes(key))
  for (const [key, { keyOrigin }] of unknown) reportUnknown(findings, key, { keyOrigin, pluginKeys })
  const known = filterKeys(node, (key) => Object.hasOwn(MainKeys.properties, key))
  const { value, problems } = resolveRest(MainKeys, toPlain(known))
  for (const problem of problems) findings.addProblem(subject, problem)
  if (value === undefined) return undefined
  const addresses = resolveAddresses(findings, subject, value)
  checkTrust(findings, subject, value)
  checkWebhooks(findings, subject, value)
  const tls = readTls({ findings, readText }, { subject, file: found.file }, value)
  if (addresses === undefined || tls === undefined || problems.length > 0) return undefined
  return toSettings(found, value, { ...addresses, tls })
}

/** The PEM texts of `admin.tls`; nothing where there is none, `undefined` where a file cannot be read. */
function readTls(
  { findings, readText }: Pick<LoadContext, 'findings' | 'readText'>,
  { subject, file }: { readonly subject: Subject; readonly file: string },
  { admin: { tls } }: MainKeys,
): { readonly cert: string; readonly key: string } | 'none' | undefined {
  if (tls === undefined) return 'none'
  const read = (key: 'cert' | 'key') => {
    const result = readText(path.resolve(path.dirname(file), tls[key]))
    if ('text' in result) return result.text
    const message = `the file ${tls[key]} ${result.problem}`
    findings.addProblem(subject, { severity: 'error', code: 'file-unreadable', path: ['admin', 'tls', key], message })
    return undefined
  }
  const [cert, key] = [read('cert'), read('key')]
  return cert === undefined || key === undefined ? undefined : { cert, key }
}

function reportUnknown(
  findings: Findings,
  key: string,
  { keyOrigin, pluginKeys }: { keyOrigin: MapEntry['keyOrigin']; pluginKeys: readonly string[] },
): void {
  const belongsToRoute = pluginKeys.includes(key) || ROUTE_KEYS.includes(key)
  const hint = belongsToRoute
    ? `for every route, put it under "defaults:"; for one route, in that route`
    : didYouMean(key, MAIN_NAMES)
  if (typeof keyOrigin === 'object')
    findings.add(keyOrigin, { code: 'unknown-key', message: `unknown key "${key}"`, hint, path: [key] })
}

interface Addresses {
  readonly http: ListenAddress
  readonly admin: ListenAddress
}

function resolveAddresses(findings: Findings, subject: Subject, { listen, admin }: MainKeys): Addresses | undefined {
  const http = parseListenAddress(listen.http)
  const adminAddress = parseListenAddress(admin.listen)
  const message = (key: string) => `"${key}" must be an address such as 127.0.0.1:8080 or [::]:8080, or a port`
  const report = (at: readonly string[], text: string) =>
    findings.addProblem(subject, { severity: 'error', code: 'bad-value', path: at, message: text })
  if (http === undefined) report(['listen', 'http'], message('http'))
  if (adminAddress === undefined) report(['admin', 'listen'], message('listen'))
  if (http === undefined || adminAddress === undefined) return undefined
  // To the kernel a wildcard and a loopback address on one port are no conflict, but which of the two answers is luck.
  if (reaches(http, adminAddress.host, adminAddress.port))
    report(['admin', 'listen'], `the admin address has the port ${http.port} of "listen"; choose another`)
  return { http, admin: adminAddress }
}

function checkTrust(findings: Findings, subject: Subject, { trusted_proxies }: MainKeys): void {
  for (const [index, entry] of trusted_proxies.entries()) {
    const problem = trustProblem(entry)
    const at = ['trusted_proxies', index]
    if (problem !== undefined)
      findings.addProblem(subject, { severity: 'error', code: 'bad-value', path: at, message: problem })
    else if (trustsEveryone(entry))
      findings.addProblem(subject, {
        severity: 'warning',
        code: 'trusts-everyone',
        path: at,
        message: `"${entry}" lets every client choose its own address`,
        hint: 'name the addresses of your proxies',
      })
  }
}

/** Nobody must rely on news that never come. */
function checkWebhooks(findings: Findings, subject: Subject, { webhooks }: MainKeys): void {
  if (webhooks.length === 0) return
  const message = 'nothing is sent to webhooks yet: this version has no plugin for them'
  findings.addProblem(subject, { severity: 'warning', code: 'no-effect', path: ['webhooks'], message })
}

type Resolved = Addresses & { readonly tls: { readonly cert: string; readonly key: string } | 'none' }

function toSettings(found: Discovery, keys: MainKeys, { http, admin, tls }: Resolved): Settings {
  const base = path.dirname(path.resolve(found.file))
  const { header_timeout, idle_timeout, max_header_size } = keys.listen
  return {
    file: path.resolve(found.file),
    listen: { http, headerTimeoutMs: header_timeout, idleTimeoutMs: idle_timeout, maxHeaderBytes: max_header_size },
    admin: { listen: admin, allowedHosts: keys.admin.allowed_hosts, ...(tls === 'none' ? {} : { tls }) },
    routesFolder: path.resolve(found.routesFolder),
    dataFolder: path.resolve(base, keys.data),
    trustedProxies: keys.trusted_proxies,
    shutdownTimeoutMs: keys.shutdown_timeout,
    plugins: keys.plugins.map((name) => absolutePlugin(found.file, name)),
    webhooks: keys.webhooks,
  }
}
