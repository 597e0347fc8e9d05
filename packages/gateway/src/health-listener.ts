import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ListenAddress } from '@drawbridge/config'

/** The listener for whoever watches the gateway: `/livez` and `/readyz`, without detail. */
export interface HealthListener {
  readonly address: string
  close(): void
}

/** Starts it, once the gateway serves: whoever is answered at all is answered `ok`. Rejects when the address is taken. */
export async function startHealthListener({ host, port }: ListenAddress): Promise<HealthListener> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0]
    const status = path === '/livez' || path === '/readyz' ? 200 : 404
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    response.end(status === 200 ? 'ok\n' : 'not found\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => resolve())
  })
  server.unref()
  const bound = server.address() as AddressInfo
  return {
    address: formatAddress({ host: bound.address, port: bound.port }),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** `host:port`, an IPv6 address in brackets. */
export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
