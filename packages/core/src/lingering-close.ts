import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'

const LINGER_MS = 2000

/**
 * An answer to a request whose body was not read to its end: the connection must close, but not with the client's bytes
 * unread, or a reset may reach the client before the answer does (RFC 9112 9.6). So: half-close, read on for a moment, then cut.
 */
export function lingerAfterAnswer(request: IncomingMessage, reply: FastifyReply): void {
  if (request.complete || !hasBody(request)) return
  reply.header('connection', 'close')
  const socket = request.socket as Socket
  socket.destroySoon = () => {
    socket.end()
    setTimeout(() => socket.destroy(), LINGER_MS).unref()
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}
