import { AsyncLocalStorage } from 'node:async_hooks'
import { Socket } from 'node:net'
import type { Caller } from '@drawbridge/plugin-kit'
import type { FastifyRequest } from 'fastify'
import { addressOf } from './client.ts'

/**
 * The ways in for which nobody has to sign in: the control socket, which the file system guards, and calls from within the process. Both are
 * recognised by what they are, never by anything in the request.
 */
export class Doors {
  readonly #controlSockets = new WeakSet<Socket>()
  readonly #calls = new AsyncLocalStorage<Caller>()

  /** Connections of the control socket's server. */
  admit(socket: Socket): void {
    this.#controlSockets.add(socket)
  }

  /** Requests injected by `call` come from this caller. */
  callAs<T>(caller: Caller, call: () => Promise<T>): Promise<T> {
    return this.#calls.run(caller, call)
  }

  /** Who comes through one of these doors; `undefined` for requests to the listener. */
  callerOf(request: FastifyRequest): Caller | undefined {
    const { socket } = request.raw
    if (!(socket instanceof Socket)) return this.#calls.getStore()
    if (!this.#controlSockets.has(socket)) return undefined
    return { kind: 'cli', name: claimedName(request), role: 'admin', source: 'cli', address: addressOf(request) }
  }
}

/** Recorded as claimed: whoever can open the socket could read the database as well. */
function claimedName(request: FastifyRequest): string {
  const claimed = request.headers['x-drawbridge-user']
  return typeof claimed === 'string' && /^[\w.@-]{1,64}$/.test(claimed) ? claimed : 'unknown'
}
