import type { FastifyRequest } from 'fastify'
import { hostNameOf, isLoopbackName } from './client.ts'
import { NeedsTls, WrongHost, WrongOrigin } from './errors.ts'

/** The host names that a listener on this address answers to. */
export function allowedHostNames(listenHost: string, configured: readonly string[]): ReadonlySet<string> {
  return new Set(['localhost', '127.0.0.1', '::1', listenHost.toLowerCase(), ...configured.map(hostNameOf)])
}

/** Against DNS rebinding: throws `WrongHost` unless the client asked for one of these names, or for the very address that it reached. */
export function assertHost({ headers, raw }: FastifyRequest, allowed: ReadonlySet<string>): void {
  const name = hostNameOf(headers.host ?? '')
  const own = raw.socket.localAddress?.replace(/^::ffff:(?=\d+\.)/, '')
  if (name === '' || (!allowed.has(name) && name !== own)) throw new WrongHost()
}

/** Against forged requests: throws `WrongOrigin` where the browser says that a page of another origin sent it. */
export function assertOrigin({ headers, method, protocol }: FastifyRequest): void {
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  if (origin !== undefined && !isOwnOrigin(origin, { host: host ?? '', protocol })) throw new WrongOrigin()
  if (isChange(method) && site !== undefined && site !== 'same-origin' && site !== 'none') throw new WrongOrigin()
}

/** A browser that sends a cookie with a change says where it comes from; without that it may be forged. */
export function assertOriginIsSaid({ headers, method }: FastifyRequest): void {
  if (isChange(method) && headers.origin === undefined && headers['sec-fetch-site'] === undefined)
    throw new WrongOrigin()
}

/**
 * Throws `NeedsTls` where a browser would not keep the cookie. Whether a TLS proxy stands in front, only the browser's `Origin` tells
 * that needs no trust in headers of others: it is `https:` then.
 */
export function assertSecure({ headers, protocol }: FastifyRequest): void {
  const isSecure =
    protocol === 'https' ||
    isLoopbackName(hostNameOf(headers.host ?? '')) ||
    headers.origin?.startsWith('https://') === true
  if (!isSecure) throw new NeedsTls()
}

function isChange(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

function isOwnOrigin(origin: string, own: { host: string; protocol: string }): boolean {
  const url = URL.parse(origin)
  if (url === null || url.host !== own.host.toLowerCase()) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && own.protocol === 'http')
}
