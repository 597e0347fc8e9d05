import { connect, type Socket } from 'node:net'
import type { Teardown } from '../../../test/support/fixtures.ts'

/** A connection that a test plays by hand; all text is one character a byte. It ends with the test. */
export interface RawClient {
  readonly socket: Socket
  /** Everything that has come so far. */
  readonly received: string
  write(text: string): void
  /** Waits until what has come matches; rejects when the connection closes before. */
  until(pattern: RegExp): Promise<string>
  /** Everything that came until the connection closed. */
  readonly closed: Promise<string>
}

/** Opens a connection, and perhaps sends the first bytes. */
export function openClient(t: Teardown, port: number, first = ''): RawClient {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1').setNoDelay(true)
  t.teardown(() => socket.destroy())
  let received = ''
  let wake = () => {}
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)))
  socket.on('error', () => {})
  socket.on('data', (text: string) => {
    received += text
    wake()
  })
  socket.on('close', () => wake())
  if (first !== '') socket.write(first, 'latin1')
  return {
    socket,
    closed,
    get received() {
      return received
    },
    write: (text) => socket.write(text, 'latin1'),
    async until(pattern) {
      while (!pattern.test(received)) {
        if (socket.destroyed) throw new Error(`closed after ${JSON.stringify(received)}`)
        await new Promise<void>((resolve) => (wake = resolve))
      }
      return received
    },
  }
}

/** A plain request for `app.test`. */
export function requestText(line: string, headers: readonly string[] = [], body = ''): string {
  return `${[`${line} HTTP/1.1`, 'Host: app.test', ...headers].join('\r\n')}\r\n\r\n${body}`
}
