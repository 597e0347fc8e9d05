import { isIP } from 'node:net'
import { parseHostName } from './host-name.ts'
import type { ListenAddress } from './model.ts'

/** Reads `127.0.0.1:8080`, `[::]:8080`, `localhost:8080`, `:8080` and `8080`. `undefined` when it is none of these. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, host = '', digits = ''] = /^(?:(.*):)?(\d{1,5})$/.exec(text.trim()) ?? []
  const port = Number(digits)
  if (digits === '' || port > 65_535) return undefined
  // As for nginx and Caddy, a port alone means every address; [::] is IPv6 and IPv4.
  if (host === '' || host === '*') return { host: '::', port }
  if (host.startsWith('[') && host.endsWith(']')) {
    const address = host.slice(1, -1)
    return isIP(address) === 6 ? { host: address, port } : undefined
  }
  return !host.includes(':') && parseHostName(host).problem === undefined ? { host, port } : undefined
}

/** Whether a connection to this host and port could reach the listener. */
export function reaches(listen: ListenAddress, host: string, port: number): boolean {
  // Port 0 is chosen by the system; nobody can have written it down.
  if (port !== listen.port || port === 0) return false
  const target = unbracketed(host)
  const own = unbracketed(listen.host)
  return target === own || (isLocal(target) && isLocal(own))
}

function unbracketed(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host.toLowerCase()
}

function isLocal(host: string): boolean {
  return /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|::1?|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})$/.test(
    host,
  )
}

/** `host:port`, with brackets round IPv6. */
export function formatListen({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
