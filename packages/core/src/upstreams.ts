import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Backend } from '@drawbridge/config'
import type { Clock, Dispatch, DispatchController, DispatchHandler, UpstreamRequest } from '@drawbridge/plugin-kit'
import { Connection, type ConnectionOwner } from './connection.ts'
import { UpstreamConnectTimeout, UpstreamReset } from './errors.ts'

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000
const DEFAULT_KEEP_ALIVE_MS = 60_000
const SWEEP_MS = 1000
/** A backend that says it keeps a connection for 5 s is believed for 4: the answer to a request on it takes time to get there. */
const KEEP_ALIVE_MARGIN_MS = 1000

/** How connections to a backend are made and kept. Milliseconds. */
export interface UpstreamSettings {
  readonly connectTimeoutMs?: number | undefined
  readonly keepAliveTimeoutMs?: number | undefined
}

/** A backend's connection pool, shared by all route apps (also of several reloads) that want the same connections. */
export interface Upstream {
  readonly dispatch: Dispatch
  /** Gives the pool back; the last user's release closes its idle connections, running requests end by themselves. */
  release(): void
}

/** The pools of the process. */
export interface Upstreams {
  acquire(backend: Backend, settings: UpstreamSettings): Upstream
  /** Closes all connections at once. */
  destroy(): void
}

/** Makes the register of connection pools; equal backend and settings share one pool, so that a reload keeps warm connections. */
export function createUpstreams(clock: Clock): Upstreams {
  const pools = new Map<string, { pool: Pool; users: number }>()
  return {
    acquire(backend, settings) {
      const key = JSON.stringify([backend.origin, backend.socketPath, backend.tls, settings])
      const shared = pools.get(key) ?? { pool: new Pool(backend, settings, clock), users: 0 }
      pools.set(key, shared)
      shared.users += 1
      let isReleased = false
      return {
        dispatch: (request, handler) => shared.pool.dispatch(request, handler),
        release() {
          if (isReleased) return
          isReleased = true
          shared.users -= 1
          if (shared.users > 0) return
          if (pools.get(key) === shared) pools.delete(key)
          shared.pool.close()
        },
      }
    },
    destroy() {
      for (const { pool } of pools.values()) pool.destroy()
      pools.clear()
    },
  }
}

class Pool implements ConnectionOwner {
  readonly #backend: Backend
  readonly #connectTimeoutMs: number
  readonly #keepAliveMs: number
  readonly #clock: Clock
  readonly #stopSweeping: () => void
  readonly #all = new Set<Connection>()
  /** The one used last comes first: the others can grow old and be closed. */
  readonly #idle: Connection[] = []
  #isClosed = false

  constructor(backend: Backend, settings: UpstreamSettings, clock: Clock) {
    this.#backend = backend
    this.#connectTimeoutMs = settings.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS
    this.#keepAliveMs = settings.keepAliveTimeoutMs ?? DEFAULT_KEEP_ALIVE_MS
    this.#clock = clock
    this.#stopSweeping = clock.every(SWEEP_MS, () => this.#closeStale())
  }

  dispatch(request: UpstreamRequest, handler: DispatchHandler): DispatchController {
    // An upgrade takes its connection away with it; on one of its own it meets no stale one.
    const idle = request.upgrade === '' && !request.isRepeat ? this.#takeIdle() : undefined
    if (idle !== undefined) {
      idle.send(request, handler)
      return idle
    }
    return this.#connect(request, handler)
  }

  /** The idle connection used last, if its time is not over. */
  #takeIdle(): Connection | undefined {
    const idle = this.#idle.pop()
    if (idle === undefined || idle.usableUntil > this.#clock.now()) return idle
    // Used last means the others are older still.
    idle.abort()
    return undefined
  }

  connectionIdle(connection: Connection): void {
    if (this.#isClosed) return connection.abort()
    const keptMs = Math.min(this.#keepAliveMs, connection.keepAliveMs - KEEP_ALIVE_MARGIN_MS)
    if (keptMs <= 0) return connection.abort()
    connection.usableUntil = this.#clock.now() + keptMs
    this.#idle.push(connection)
  }

  connectionClosed(connection: Connection): void {
    this.#all.delete(connection)
    const index = this.#idle.indexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
  }

  /** Closes idle connections; busy ones close when they become idle. */
  close(): void {
    this.#isClosed = true
    this.#stopSweeping()
    for (const connection of [...this.#idle]) connection.abort()
  }

  destroy(): void {
    this.close()
    for (const connection of [...this.#all]) connection.abort()
  }

  #connect(request: UpstreamRequest, handler: DispatchHandler): DispatchController {
    let connection: Connection | undefined
    // An upgraded socket is read as a stream afterwards, which one with a buffer of its own cannot be.
    const receive = (chunk: Buffer) => connection?.receive(chunk)
    const socket = openSocket(this.#backend, request.upgrade === '' ? receive : undefined)
    let isAborted = false
    const fail = (error: Error) => {
      socket.destroy()
      stopTimer()
      if (!isAborted) handler.onResponseError(error, true)
      isAborted = true
    }
    const onClose = () => fail(new UpstreamReset('it closed the connection'))
    const stopTimer = this.#clock.every(this.#connectTimeoutMs, () => fail(new UpstreamConnectTimeout()))
    socket.once('error', fail)
    socket.once('close', onClose)
    socket.once(this.#backend.kind === 'https' ? 'secureConnect' : 'connect', () => {
      stopTimer()
      socket.off('error', fail)
      socket.off('close', onClose)
      connection = new Connection(socket, this)
      socket.on('data', receive)
      this.#all.add(connection)
      connection.send(request, handler)
    })
    return {
      pause: () => connection?.pause(),
      resume: () => connection?.resume(),
      abort() {
        isAborted = true
        if (connection !== undefined) return connection.abort()
        stopTimer()
        socket.destroy()
      },
    }
  }

  #closeStale(): void {
    const now = this.#clock.now()
    for (const connection of this.#idle.filter(({ usableUntil }) => usableUntil <= now)) connection.abort()
  }
}

/** All plain backend connections read into this one buffer: what is read is taken or copied before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536)

/** Opens a socket. With `receive` a plain one hands its bytes over directly instead of as a stream of new buffers: −15 % CPU per request. */
function openSocket({ kind, origin, socketPath, tls }: Backend, receive?: (chunk: Buffer) => void): Socket {
  const onread = receive && {
    buffer: READ_BUFFER,
    callback(length: number) {
      receive(READ_BUFFER.subarray(0, length))
      return true
    },
  }
  if (socketPath !== undefined) return connectTcp({ path: socketPath, ...(onread && { onread }) })
  const url = new URL(origin)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port === '' ? (kind === 'https' ? 443 : 80) : url.port)
  if (kind !== 'https') return connectTcp({ host, port, noDelay: true, ...(onread && { onread }) })
  return connectTls({
    host,
    port,
    // RFC 6066 3: no address may stand in the server name indication.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    rejectUnauthorized: tls?.verify ?? true,
    ALPNProtocols: ['http/1.1'],
  }).setNoDelay(true) as Socket
}
