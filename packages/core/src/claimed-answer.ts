import { Readable } from 'node:stream'
import { dropHeader, type RequestRecord, type UpstreamHead } from '@drawbridge/plugin-kit'
import type { FastifyReply } from 'fastify'
import type { Answer, AnswerObserver } from './answer.ts'

/** Whom a claimed answer is for. */
export interface ClaimedParties {
  readonly reply: FastifyReply
  readonly record: RequestRecord
  readonly observer: AnswerObserver
}

/** The general way: Fastify sends the body as a stream, so that plugins' `onSend` hooks can change it. */
export class ClaimedAnswer extends Readable implements Answer {
  readonly isReplaceable = false
  readonly #observer: AnswerObserver

  constructor({ reply, record, observer }: ClaimedParties, head: UpstreamHead) {
    super()
    this.#observer = observer
    // The exchange deals with what went wrong; behind a plugin's `pipe` nobody else listens, and the process would end.
    this.on('error', () => {})
    record.status = head.status
    // A body that may change has no trailers to announce, and Node throws at a `Trailer` without room for them.
    dropHeader(head.headers, 'trailer')
    reply.code(head.status)
    for (const [name, values] of grouped(head.headers)) reply.header(name, values.length === 1 ? values[0] : values)
    reply.send(this)
  }

  override _read(): void {
    this.#observer.clientReady()
  }

  write(chunk: Buffer): boolean {
    return this.push(Buffer.from(chunk))
  }

  end(): void {
    this.push(null)
  }

  abandon(error: Error): void {
    this.destroy(error)
  }
}

/** Values by lower-case name: Fastify keeps one entry a name. */
function grouped(headers: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase()
    const values = groups.get(name)
    if (values === undefined) groups.set(name, [headers[i + 1] as string])
    else values.push(headers[i + 1] as string)
  }
  return groups
}
