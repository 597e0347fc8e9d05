import type { FastifyRequest } from 'fastify'

/** The address of the connection's other end; empty over the control socket. */
export function addressOf(request: FastifyRequest): string {
  return (request.raw.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')
}

/** The host name or address that the client asked for: lower case, no port, no brackets. */
export function hostNameOf(hostHeader: string): string {
  const name = /^(?:\[([\da-f:.]+)\]|([^:@/?#\s]+))(?::\d{1,5})?$/i.exec(hostHeader)
  return (name?.[1] ?? name?.[2] ?? '').toLowerCase().replace(/\.$/, '')
}

/** Whether the name can only mean this machine, for browsers too: they keep secure cookies there even over plain http. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name)
}
