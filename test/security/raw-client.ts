import { connect } from 'node:net'

/** Sends bytes (one character a byte) and returns all that comes back until the connection closes. */
export function ask(port: number, bytes: string | readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1')
  let received = ''
  socket.on('data', (text: string) => (received += text))
  // A reset ends the connection like any other end; what came before it is judged.
  socket.on('error', () => {})
  for (const part of typeof bytes === 'string' ? [bytes] : bytes) socket.write(part, 'latin1')
  return new Promise((resolve) => socket.on('close', () => resolve(received)))
}

/** A plain request that asks for the connection to be closed behind its answer. */
export function get(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n`
}
