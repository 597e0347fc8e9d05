import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const IDLE_MS = 2000
const LONGEST_MS = 30_000

/**
 * For an answer to a request whose body was not read to its end: the connection must close, but not with the client's bytes
 * unread, or a reset may reach the client before the answer does (RFC 9112 9.6). So: half-close, and read on until the client
 * closes, falls silent or has had its time. Whoever read the body so far must let it flow.
 */
export function lingerAfterAnswer(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || !hasBody(request)) return
  const socket = request.socket as Socket
  socket.destroySoon = () => linger(socket)
  response.shouldKeepAlive = false
  // A head that has gone out may have promised to keep the connection: then Node does not close it.
  if (response.headersSent) response.once('finish', () => linger(socket))
}

function linger(socket: Socket): void {
  const cut = () => socket.destroy()
  socket.end()
  socket.setTimeout(IDLE_MS, cut)
  const deadline = setTimeout(cut, LONGEST_MS).unref()
  socket.once('close', () => clearTimeout(deadline))
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}
