import { type IncomingMessage, request } from 'node:http'
import { Duplex } from 'node:stream'
import type { UpstreamHead } from '@drawbridge/plugin-kit'
import { ResponseParser } from '../../packages/core/src/response-parser.ts'

/** One complete answer, as a reader understood it; `undefined` stands for refused, or cut off. */
export interface ResponseReading {
  readonly status: number
  /** How many informational answers came before it. */
  readonly informational: number
  /** Flat `[name, value, …]`. */
  readonly headers: readonly string[]
  readonly trailers: readonly string[]
  /** One character a byte. */
  readonly body: string
}

/** What the gateway's own parser makes of bytes (one character a byte) that end with the connection. */
export function readByGateway(bytes: string, method: string): ResponseReading | undefined {
  const heads: UpstreamHead[] = []
  let body = ''
  let trailers: readonly string[] | undefined
  const parser = new ResponseParser({
    responseHead: (head) => heads.push(head),
    responseData: (chunk) => {
      body += chunk.toString('latin1')
    },
    responseEnd: (all) => {
      trailers = all
    },
  })
  parser.begin(method)
  try {
    parser.execute(Buffer.from(bytes, 'latin1'))
    parser.finish()
  } catch {
    return undefined
  }
  const head = heads.at(-1)
  if (head === undefined || trailers === undefined) return undefined
  return { status: head.status, informational: heads.length - 1, headers: head.headers, trailers, body }
}

/** What Node's HTTP client makes of them. */
export function readByNode(bytes: string, method: string): Promise<ResponseReading | undefined> {
  const socket = new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      socket.push(Buffer.from(bytes, 'latin1'))
      socket.push(null)
      done()
    },
  })
  const { promise, resolve } = Promise.withResolvers<ResponseReading | undefined>()
  const parts: Buffer[] = []
  let informational = 0
  let answer: IncomingMessage | undefined
  // An error may come before the events of what was read ahead of it.
  const settle = () => setImmediate(() => resolve(toReading(answer, informational, parts)))
  const outgoing = request({ method, path: '/', maxHeaderSize: 70_000, createConnection: () => socket })
  outgoing.maxHeadersCount = 0
  outgoing.on('information', () => (informational += 1))
  outgoing.on('upgrade', () => resolve(undefined))
  outgoing.on('error', settle)
  outgoing.on('response', (response) => {
    answer = response
    response.on('data', (chunk: Buffer) => parts.push(chunk))
    response.on('error', settle)
    response.on('close', settle)
  })
  outgoing.on('close', settle)
  outgoing.end()
  return promise
}

function toReading(
  answer: IncomingMessage | undefined,
  informational: number,
  parts: readonly Buffer[],
): ResponseReading | undefined {
  if (answer === undefined || !answer.complete) return undefined
  const { statusCode: status = 0, rawHeaders: headers, rawTrailers: trailers } = answer
  return { status, informational, headers, trailers, body: Buffer.concat(parts).toString('latin1') }
}
