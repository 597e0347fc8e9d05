import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A certificate with its key, as PEM. */
export interface AdminTls {
  readonly cert: string
  readonly key: string
}

/** Where to listen. */
export interface AdminAddress {
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
}

/** How long a client may take and how many may come: few people use this listener, and none of them needs long. */
export interface ListenerLimits {
  readonly headersMs: number
  /** For head and body together. */
  readonly requestMs: number
  /** Without a byte in either direction while an answer is on its way. */
  readonly stalledMs: number
  readonly maxConnections: number
}

const LIMITS: ListenerLimits = { headersMs: 10_000, requestMs: 60_000, stalledMs: 120_000, maxConnections: 200 }

/** Makes the server of the admin listener, or of the control socket; it does not listen yet. */
export function createListener(
  handler: RequestListener,
  { tls, limits = LIMITS }: { tls?: AdminTls | undefined; limits?: ListenerLimits } = {},
): Server {
  const { headersMs, requestMs, stalledMs, maxConnections } = limits
  const options = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: Math.min(30_000, stalledMs),
    connectionsCheckingInterval: Math.min(1000, headersMs),
    maxHeaderSize: 16_384,
  }
  const server =
    tls === undefined
      ? createServer(options, handler)
      : createTlsServer({ ...options, ...tls, handshakeTimeout: headersMs }, handler)
  server.timeout = stalledMs
  server.maxConnections = maxConnections
  server.unref()
  return server
}

/** Resolves with where it listens; rejects when the address is taken. */
export async function listenOn(server: Server, address: AdminAddress): Promise<AdminAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const bound = server.address() as AddressInfo
  return { host: bound.address, port: bound.port }
}

/** Stops listening and cuts what is connected: nobody downloads for minutes here. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
