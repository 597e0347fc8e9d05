import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Clock, RequestRecord } from '@drawbridge/plugin-kit'
import { normaliseAddress, type ProxyTrust } from './client-address.ts'
import { BadRequest } from './errors.ts'
import type { UpgradeSocket } from './forwarder.ts'
import type { HostIndex, HostMatch } from './host-index.ts'
import { type HeadContext, readRequestHead } from './request-head.ts'
import { type FrontRequest, kContext, type RouteApp } from './route-app.ts'

/** What the front serves; replaced as a whole by a reload. */
export interface Routing {
  readonly index: HostIndex<RouteApp>
  readonly defaultApp: RouteApp
  readonly trust: ProxyTrust
}

/** Settings of the listener. Milliseconds and bytes. */
export interface FrontOptions {
  readonly headerTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxHeaderBytes: number
  readonly viaName: string
  readonly clock: Clock
}

/** The server that owns the sockets and hands each request to the app of its host. */
export interface Front {
  readonly server: Server
  /** Serves by this routing from now on; requests already running stay with theirs. */
  route(routing: Routing): void
  /** Answers get `Connection: close` from now on, idle connections close. */
  drain(): void
}

const kPeer = Symbol('drawbridge.peer')
const kLast = Symbol('drawbridge.last')
const kServing = Symbol('drawbridge.serving')
const kBroken = Symbol('drawbridge.broken')
type FrontSocket = Socket & {
  [kPeer]?: string | undefined
  /** The answer to the request read last from this connection. */
  [kLast]?: ServerResponse
  /** The answer to the request that is being served. */
  [kServing]?: ServerResponse
  /** The status line for what came last, which was no HTTP. */
  [kBroken]?: string
}

/** Makes the plain HTTP/1.1 front. It listens when its `server` is told to. */
export function createFront(routing: Routing, options: FrontOptions): Front {
  let current = routing
  let headContext: HeadContext = { trust: routing.trust, viaName: options.viaName }
  let isDraining = false
  const server = createServer({
    keepAlive: true,
    noDelay: true,
    // A missing Host is judged with everything else, so that its refusal is traced and counted too.
    requireHostHeader: false,
    maxHeaderSize: options.maxHeaderBytes,
    headersTimeout: options.headerTimeoutMs,
    // Bodies are the timeouts plugin's: a clock over the whole request cuts long uploads.
    requestTimeout: 0,
    keepAliveTimeout: options.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, options.headerTimeoutMs),
    shouldUpgradeCallback: (request) => mayUpgrade(current, request),
  })
  // Node drops headers past this count without a word; the parser's byte limit bounds them, limits count them.
  server.maxHeadersCount = 0

  function accept(request: IncomingMessage, response: ServerResponse, upgrade?: UpgradeSocket): void {
    const record = new RequestRecord({
      method: request.method ?? '',
      target: request.url ?? '',
      rawHeaders: request.rawHeaders,
      httpVersion: request.httpVersion,
      peerAddress: (request.socket as FrontSocket)[kPeer] ?? '',
      startedAt: options.clock.now(),
    })
    record.isTrustedPeer = current.trust.isTrusted(record.peerAddress)
    readRequestHead(record, request, headContext)
    if (upgrade !== undefined) record.upgrade = upgradeProtocol(request)
    const match = current.index.find(record.hostHeader)
    judgeHost(record, match)
    ;(request as FrontRequest)[kContext] = { record, response, upgrade, place: -1 }
    ;(request.socket as FrontSocket)[kServing] = response
    if (isDraining) response.shouldKeepAlive = false
    ;(match.entry ?? current.defaultApp).handle(request as FrontRequest, response)
  }

  const receive = (request: IncomingMessage, response: ServerResponse) => inTurn(request, response, accept)
  const sockets = new Set<FrontSocket>()
  server.on('connection', (socket) => {
    rememberPeer(socket)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('request', receive)
  server.on('checkContinue', receive)
  server.on('checkExpectation', receive)
  server.on('upgrade', (request, socket, head) => {
    accept(request, responseOver(request, socket), { socket, head, release: watchClient(socket) })
  })
  server.on('connect', (_request, socket) => refuseConnect(socket))
  server.on('clientError', (error: Error & { code?: string }, socket) => answerClientError(error, socket))
  return {
    server,
    route(next) {
      current = next
      headContext = { trust: next.trust, viaName: options.viaName }
    },
    drain() {
      isDraining = true
      // Answers not begun yet can still say that they are the last.
      for (const { [kServing]: response } of sockets)
        if (response?.headersSent === false) response.shouldKeepAlive = false
      server.closeIdleConnections()
    },
  }
}

/**
 * Pipelined requests one after the other (RFC 9112 9.3.2): their answers come in order anyway, a client gets no more of the
 * backend than its connections, and what follows an answer that closes the connection is never acted on (RFC 9112 9.6).
 */
function inTurn(
  request: IncomingMessage,
  response: ServerResponse,
  accept: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  const socket = request.socket as FrontSocket
  const previous = socket[kLast]
  socket[kLast] = response
  if (!socket.writable) return
  if (previous === undefined || isOver(previous)) return accept(request, response)
  process.nextTick(stopReading, socket, response)
  previous.once('close', () => {
    if (!socket.writable) return
    if (socket[kBroken] !== undefined && !request.complete) return endWith(socket, socket[kBroken], request.method)
    if (socket[kLast] === response) socket.resume()
    accept(request, response)
  })
}

/**
 * What waits is bounded by what one read from the socket holds. Not before the parser is through with that read: at the end of each
 * request in it Node makes the socket read on.
 */
function stopReading(socket: FrontSocket, waiting: ServerResponse): void {
  if (socket[kLast] === waiting && waiting.socket === null) socket.pause()
}

function judgeHost(record: RequestRecord, match: HostMatch<RouteApp>): void {
  record.routeHost = match.entry?.hosts[0] ?? ''
  if (match.host !== undefined) record.host = match.host
  else if (record.hostHeader !== '' || record.httpVersion === '1.1')
    record.refusal ??= new BadRequest('no valid Host header')
}

/** No tunnels here. Node has given the socket up already: behind a running answer nothing could end it but this. */
function refuseConnect(socket: Duplex): void {
  if (isAnswering(socket)) socket.destroy()
  else endWith(socket, '405 Method Not Allowed')
}

/** Only a real WebSocket handshake (RFC 6455 4.1) or a protocol the route names is an upgrade; `h2c` and fancies are plain requests. */
function mayUpgrade({ index }: Routing, request: IncomingMessage): boolean {
  // A connection that still owes an answer cannot change its protocol: pipelined, the request is an ordinary one.
  if (isAnswering(request.socket)) return false
  const protocol = upgradeProtocol(request)
  const { entry } = index.find(request.headers.host ?? '')
  if (entry === undefined || !entry.upgrades.includes(protocol)) return false
  if (request.headers['transfer-encoding'] !== undefined || (request.headers['content-length'] ?? '0') !== '0')
    return false
  return protocol !== 'websocket' || (request.method === 'GET' && request.headers['sec-websocket-key'] !== undefined)
}

function upgradeProtocol({ headers }: IncomingMessage): string {
  return (headers.upgrade ?? '').trim().toLowerCase()
}

/** A response for an upgrade request, so that it passes the same hooks as any other and can be refused like any other. */
function responseOver(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request)
  response.assignSocket(socket as Socket)
  response.shouldKeepAlive = false
  const cut = () => socket.destroy()
  socket.on('error', cut)
  // Node stops passing this on for an upgraded socket; a refusal may be long.
  socket.on('drain', () => response.emit('drain'))
  response.on('finish', () => socket.end(cut))
  return response
}

/**
 * Sees a client leave while the backend still thinks about its upgrade: nobody reads the socket then, so nobody would learn of its end.
 * What the client sends early stays where it is. Returns the function that ends the watch.
 */
function watchClient(socket: Duplex): () => void {
  const look = () => {
    if (socket.readableLength === 0) socket.read()
  }
  const cut = () => socket.destroy()
  socket.on('readable', look).on('end', cut)
  return () => socket.off('readable', look).off('end', cut)
}

/**
 * Asks for the peer's address while it can be told: a client that resets its connection right behind a request would else
 * be served as nobody, past every rule about addresses.
 */
function rememberPeer(socket: FrontSocket): void {
  const peer = normaliseAddress(socket.remoteAddress ?? '')
  if (peer === undefined) socket.destroy()
  else socket[kPeer] = peer
}

const CLIENT_ERRORS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
}

function answerClientError(error: Error & { code?: string }, socket: FrontSocket | Duplex): void {
  const { [kLast]: last, [kBroken]: earlier } = socket as FrontSocket
  if (earlier !== undefined) return
  const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request'
  ;(socket as FrontSocket)[kBroken] = status
  const isInBody = last !== undefined && !last.req.complete
  if (error.code === 'ECONNRESET' || !socket.writable || (isInBody && last.headersSent)) {
    socket.destroy()
    return
  }
  // A broken body spoils the request it belongs to, at once or in its turn; a broken head nothing that came before it.
  if (!isInBody) afterLast(socket, () => endWith(socket, status))
  else if (last.socket !== null) endWith(socket, status, last.req.method)
}

function isAnswering(socket: FrontSocket | Duplex): boolean {
  const last = (socket as FrontSocket)[kLast]
  return last !== undefined && !isOver(last)
}

/** Written to its end, and no longer in possession of the socket. */
function isOver(response: ServerResponse): boolean {
  return response.writableFinished && response.socket === null
}

/** Acts when all requests read so far are answered, unless the connection closes with that. */
function afterLast(socket: FrontSocket | Duplex, act: () => void): void {
  if (!isAnswering(socket)) return act()
  ;(socket as FrontSocket)[kLast]?.once('close', () => {
    if (socket.writable) act()
  })
}

/** An answer to what is no request: there is no route, so no page and no request id. */
function endWith(socket: Duplex, status: string, method = ''): void {
  const body = method === 'HEAD' ? '' : `${status}\n`
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`
  socket.on('error', () => socket.destroy())
  socket.end(head + body, () => socket.destroy())
}
