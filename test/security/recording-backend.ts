import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { startRawBackend, type Teardown } from '../support/fixtures.ts'
import { readStrictRequest, type StrictRequest, valuesOf } from './strict-request.ts'

/** A request as it reached the backend. */
export interface RecordedRequest extends StrictRequest {
  /** Exactly what came over the wire. */
  readonly bytes: Buffer
}

/** One connection of the gateway to the backend. */
export interface RecordedConnection {
  readonly requests: RecordedRequest[]
  /** Bytes behind the last complete request. */
  pending: Buffer
  /** Why these bytes are no HTTP. */
  problem: string | undefined
  /** After a `101`: everything that came through. */
  tunnel: Buffer | undefined
  isClosed: boolean
}

/** What the backend answers: bytes, or nothing at all. */
export type Responder = (request: RecordedRequest, socket: Socket) => string | undefined

/** A backend that keeps every byte and reads them strictly, by itself. */
export interface RecordingBackend {
  readonly url: string
  readonly port: number
  readonly connections: RecordedConnection[]
  /** All complete requests of all connections. */
  requests(): RecordedRequest[]
  /** Heads (and part of a body) that were never completed. */
  unfinished(): { readonly head: Omit<StrictRequest, 'body'> | undefined; readonly isClosed: boolean }[]
  problems(): string[]
  /** Lets go of what is over, for long runs. */
  forget(): void
}

/** Starts the backend; it answers as an ordinary one would unless told otherwise. */
export async function startRecordingBackend(t: Teardown, respond: Responder = answerWell): Promise<RecordingBackend> {
  const connections: RecordedConnection[] = []
  const { url, port } = await startRawBackend(t, (socket) => {
    const connection: RecordedConnection = {
      requests: [],
      pending: Buffer.alloc(0),
      problem: undefined,
      tunnel: undefined,
      isClosed: false,
    }
    connections.push(connection)
    socket.setNoDelay(true)
    socket.on('close', () => (connection.isClosed = true))
    socket.on('data', (chunk: Buffer) => {
      if (connection.tunnel !== undefined) return passThrough(connection, socket, chunk)
      connection.pending = Buffer.concat([connection.pending, chunk])
      read(connection, socket, respond)
    })
  })
  const backend: RecordingBackend = {
    url,
    port,
    connections,
    requests: () => connections.flatMap(({ requests }) => requests),
    unfinished: () => connections.filter(({ pending }) => pending.length > 0).map(describeUnfinished),
    problems: () => connections.flatMap(({ problem }) => problem ?? []),
    forget() {
      const kept = connections.filter(({ isClosed, problem }) => !isClosed || problem !== undefined)
      connections.splice(0, connections.length, ...kept)
      for (const { requests } of connections) requests.length = 0
    },
  }
  return backend
}

/** 200 with two bytes, or the handshake that a WebSocket server makes. */
export function answerWell(request: StrictRequest): string {
  if (valuesOf(request, 'upgrade').length > 0) return answerUpgrade(request)
  return `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${request.method === 'HEAD' ? '' : 'ok'}`
}

function answerUpgrade(request: StrictRequest): string {
  const [key = ''] = valuesOf(request, 'sec-websocket-key')
  const isRight = valuesOf(request, 'sec-websocket-version')[0] === '13' && request.target !== '/ws-refused'
  if (!isRight) return 'HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n'
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
}

function read(connection: RecordedConnection, socket: Socket, respond: Responder): void {
  while (connection.problem === undefined && connection.pending.length > 0 && connection.tunnel === undefined) {
    const { pending } = connection
    const reading = readStrictRequest(pending)
    if (reading.kind === 'invalid') connection.problem = reading.reason
    if (reading.kind !== 'complete') return
    const recorded = { ...reading.request, bytes: pending.subarray(0, reading.end) }
    connection.requests.push(recorded)
    connection.pending = pending.subarray(reading.end)
    const answer = respond(recorded, socket)
    if (answer === undefined) continue
    if (answer.startsWith('HTTP/1.1 101 ')) connection.tunnel = Buffer.alloc(0)
    socket.write(answer, 'latin1')
  }
  if (connection.tunnel !== undefined && connection.pending.length > 0) {
    const first = connection.pending
    connection.pending = Buffer.alloc(0)
    passThrough(connection, socket, first)
  }
}

function passThrough(connection: RecordedConnection, socket: Socket, chunk: Buffer): void {
  connection.tunnel = Buffer.concat([connection.tunnel ?? Buffer.alloc(0), chunk])
  socket.write(chunk)
}

function describeUnfinished({ pending, isClosed }: RecordedConnection): {
  head: Omit<StrictRequest, 'body'> | undefined
  isClosed: boolean
} {
  const reading = readStrictRequest(pending)
  return { head: reading.kind === 'partial' ? reading.head : undefined, isClosed }
}
