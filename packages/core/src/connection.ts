import type { Socket } from 'node:net'
import type {
  BodySink,
  DispatchController,
  DispatchHandler,
  UpstreamHead,
  UpstreamRequest,
} from '@drawbridge/plugin-kit'
import { UpstreamInvalid, UpstreamReset } from './errors.ts'
import { type ResponseListener, ResponseParser } from './response-parser.ts'

const EXPECTS_BODY = new Set(['POST', 'PUT', 'PATCH'])

/** What a connection tells its pool. */
export interface ConnectionOwner {
  /** Free for the next request. */
  connectionIdle(connection: Connection): void
  connectionClosed(connection: Connection): void
}

/** One kept-alive HTTP/1.1 connection to a backend, carrying one request at a time. */
export class Connection implements ResponseListener, BodySink, DispatchController {
  /** Monotonic milliseconds after which an idle connection must not be used any more. */
  usableUntil = Number.POSITIVE_INFINITY
  /** Requests carried so far. */
  uses = 0

  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #parser: ResponseParser
  #handler: DispatchHandler | undefined
  #request: UpstreamRequest | undefined
  #head: UpstreamHead | undefined
  #isSending = false
  #isUnanswered = true

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
    this.#parser = new ResponseParser(this)
    socket.on('end', () => this.#ended())
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#closed())
    socket.on('drain', () => this.#request?.body?.resume())
  }

  /** Milliseconds the backend said it keeps this connection open, from its last answer. */
  get keepAliveMs(): number {
    return this.#head?.keepAliveMs ?? Number.POSITIVE_INFINITY
  }

  /** Sends a request; the connection must be idle. */
  send(request: UpstreamRequest, handler: DispatchHandler): void {
    this.#request = request
    this.#handler = handler
    this.#head = undefined
    this.#isUnanswered = true
    this.#isSending = request.body !== undefined
    const isReused = this.uses > 0
    this.uses += 1
    this.#parser.begin(request.method)
    this.#socket.write(formatHead(request), 'latin1')
    handler.onRequestStart(this, isReused)
    if (this.#handler === handler) request.body?.start(this)
  }

  // --- body to the backend -------------------------------------------------------------------------------------------

  write(chunk: Buffer): boolean {
    if (!this.#isSending) return true
    if (this.#request?.body?.bytes !== -1) return this.#socket.write(chunk)
    this.#socket.cork()
    this.#socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
    this.#socket.write(chunk)
    const isReady = this.#socket.write('\r\n', 'latin1')
    this.#socket.uncork()
    return isReady
  }

  end(): void {
    if (!this.#isSending) return
    this.#isSending = false
    if (this.#request?.body?.bytes === -1) this.#socket.write('0\r\n\r\n', 'latin1')
  }

  // --- control -------------------------------------------------------------------------------------------------------

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  abort(): void {
    this.#handler = undefined
    this.#socket.destroy()
  }

  // --- answer from the backend ---------------------------------------------------------------------------------------

  /** Takes bytes from the backend. They are only lent: the buffer may be written over once this returns. */
  receive(chunk: Buffer): void {
    if (this.#parser.isIdle) {
      // Bytes nobody asked for: the next request must not take them for its answer.
      this.#socket.destroy()
      return
    }
    this.#isUnanswered = false
    let rest: Buffer | undefined
    try {
      rest = this.#parser.execute(chunk)
    } catch (error) {
      this.#fail(error as Error)
      return
    }
    if (this.#head?.status === 101) this.#handOver(rest)
    else if (rest !== undefined) this.#socket.destroy()
    else if (this.#handler === undefined && !this.#socket.destroyed && this.#parser.isIdle) this.#release()
  }

  responseHead(head: UpstreamHead): void {
    if (head.status === 101 && this.#request?.upgrade === '') throw new UpstreamInvalid('it switched protocols unasked')
    if (head.status >= 200 || head.status === 101) this.#head = head
    if (head.status !== 101) this.#handler?.onResponseStart(this, head)
  }

  responseData(chunk: Buffer): void {
    this.#handler?.onResponseData(this, chunk)
  }

  responseEnd(trailers: readonly string[]): void {
    const handler = this.#handler
    this.#handler = undefined
    handler?.onResponseEnd(this, trailers)
  }

  #handOver(rest: Buffer | undefined): void {
    const handler = this.#handler
    const head = this.#head as UpstreamHead
    this.#handler = undefined
    this.#socket.removeAllListeners()
    this.#owner.connectionClosed(this)
    if (handler === undefined) this.#socket.destroy()
    else handler.onUpgrade(head, this.#socket, rest)
  }

  /** The answer is complete: keep the connection, or close it when either side has more to say than belongs to it. */
  #release(): void {
    const isKept = this.#head?.isKeptAlive === true && !this.#isSending
    this.#request = undefined
    this.#socket.resume()
    if (isKept) this.#owner.connectionIdle(this)
    else this.#socket.destroy()
  }

  #ended(): void {
    try {
      this.#parser.finish()
      this.#socket.destroy()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #fail(error: Error): void {
    const handler = this.#handler
    this.#handler = undefined
    this.#socket.destroy()
    handler?.onResponseError(error, this.#isUnanswered)
  }

  #closed(): void {
    this.#owner.connectionClosed(this)
    this.#fail(new UpstreamReset('it closed the connection'))
  }
}

/** The request head as it goes over the wire. Values are free of CR and LF: the parser, the options' checks and the editor see to it. */
function formatHead({ method, path, headers, body, upgrade }: UpstreamRequest): string {
  let head = `${method} ${path} HTTP/1.1\r\n`
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  if (upgrade !== '') head += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`
  if (body?.bytes === -1) head += 'Transfer-Encoding: chunked\r\n'
  else if (body !== undefined) head += `Content-Length: ${body.bytes}\r\n`
  else if (EXPECTS_BODY.has(method)) head += 'Content-Length: 0\r\n'
  return `${head}\r\n`
}
