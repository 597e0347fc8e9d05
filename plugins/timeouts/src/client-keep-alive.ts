import type { ServerResponse } from 'node:http'

/** Node keeps a connection a second longer than it says, so that a request on its way still finds it open. */
const GRACE_MS = 1000

/** `_keepAliveTimeout` is what Node announces in `Keep-Alive: timeout=`; there is no public way to say it per answer. */
type TimedResponse = ServerResponse & { _keepAliveTimeout?: number }

/** Lets client connections stay idle for `idleMs` after the answers it is given, where the listener says otherwise. */
export function createKeepAlive(idleMs: number): (response: ServerResponse) => void {
  function rearm(this: ServerResponse): void {
    const { socket } = this.req
    // At the end of an answer Node arms the listener's timer, unless a pipelined request follows; a connection that is about
    // to close has been ended and may have a timer of its own.
    if ((socket.timeout ?? 0) > 0 && socket.writable) socket.setTimeout(idleMs + GRACE_MS)
  }
  return (response: TimedResponse) => {
    if (response._keepAliveTimeout === idleMs) return
    response._keepAliveTimeout = idleMs
    response.on('close', rearm)
  }
}
