import { type Host, peekBody, type RequestRecord, withDetails } from '@drawbridge/plugin-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BlockRecorder } from './block-recorder.ts'
import { type BodyFacts, readBodyFacts } from './body-facts.ts'
import { decodeBody } from './decode-body.ts'
import { BodyTooLarge, HeadersTooLarge, RequestRefused, UnreadableBody } from './errors.ts'
import type { Bound } from './finding.ts'
import { isInspectable } from './inspect-body.ts'
import { inspectBodyOf, inspectHead, isBodyExcluded } from './inspect-request.ts'
import type { RequestParts } from './request-parts.ts'
import type { RoutePolicy } from './route-policy.ts'
import type { Ruleset } from './ruleset.ts'
import { Striker } from './striker.ts'
import type { Verdict } from './verdict.ts'

/** What a hook calls when it is done, with the reason to refuse the request. */
export type Done = (refusal?: Error) => void

interface Judging {
  readonly record: RequestRecord
  readonly parts: RequestParts
  readonly ruleset: Ruleset
}

/** Judges the requests of one route: the head at once, the body once enough of it is there. */
export class Guard {
  readonly #policy: RoutePolicy
  readonly #host: Host
  readonly #recorder: BlockRecorder
  readonly #striker: Striker | undefined

  constructor(policy: RoutePolicy, host: Host, recorder: BlockRecorder) {
    this.#policy = policy
    this.#host = host
    this.#recorder = recorder
    this.#striker = policy.ban && new Striker(policy.ban, host)
  }

  /** Whether there is nothing to judge: all rules are off, and no size is bounded. */
  get isIdle(): boolean {
    const { ruleset, maxHeaderBytes, maxBodyBytes } = this.#policy
    return (
      ruleset === undefined && maxHeaderBytes === Number.POSITIVE_INFINITY && maxBodyBytes === Number.POSITIVE_INFINITY
    )
  }

  /** The `onRequest` hook. */
  judge(request: FastifyRequest, reply: FastifyReply, done: Done): void {
    const record = request.gateway
    const excess = this.#judgeSizes(record)
    if (excess !== undefined) return done(excess)
    const { ruleset } = this.#policy
    if (ruleset === undefined) return done()
    // The target without the host of an absolute-form one.
    const parts = toParts(record, request.raw.url ?? '/')
    const refusal = this.#inspect({ record, parts, ruleset }, undefined)
    if (refusal !== undefined || !record.hasBody) return done(refusal)
    this.#judgeBody({ record, parts, ruleset }, { request, reply, done })
  }

  #judgeSizes(record: RequestRecord): Error | undefined {
    const { maxHeaderBytes, maxBodyBytes, bodyLimit } = this.#policy
    if (bodyLimit !== undefined && bodyLimit.maxBytes < (record.requestBodyLimit?.maxBytes ?? Number.POSITIVE_INFINITY))
      record.requestBodyLimit = bodyLimit
    if (record.headerBytes > maxHeaderBytes)
      return this.#found(record, 'max_header_size')
        ? tooLong(HeadersTooLarge, record.headerBytes, maxHeaderBytes)
        : undefined
    if (record.declaredBodyBytes > maxBodyBytes)
      return this.#found(record, 'max_request_size')
        ? tooLong(BodyTooLarge, record.declaredBodyBytes, maxBodyBytes)
        : undefined
    return undefined
  }

  #judgeBody(judging: Judging, { request, reply, done }: { request: FastifyRequest; reply: FastifyReply; done: Done }) {
    const { record, parts, ruleset } = judging
    const { maxInspectedBytes } = this.#policy
    const facts = readBodyFacts(record.rawHeaders, isInspectable)
    if (maxInspectedBytes === 0 || !isInspectable(facts.contentType) || isBodyExcluded(parts, ruleset)) return done()
    const peeked = { clock: this.#host.clock, record, request: request.raw, response: reply.raw }
    peekBody(peeked, maxInspectedBytes, (error, body) => {
      if (error !== undefined) return done(error)
      const start = body.subarray(0, maxInspectedBytes)
      if (facts.codings.length === 0) return done(this.#inspect(judging, { facts, body: start }))
      decodeBody(start, { codings: facts.codings, maxBytes: maxInspectedBytes }, (plain) => {
        // A client that left meanwhile has no request any more.
        if (record.isFinished) return
        if (plain !== undefined) return done(this.#inspect(judging, { facts, body: plain }))
        done(this.#found(record, 'unreadable_body') ? new UnreadableBody() : undefined)
      })
    })
  }

  /** The head, or else the body. What goes wrong in it must neither end the process nor open a way past it. */
  #inspect({ record, parts, ruleset }: Judging, of: { facts: BodyFacts; body: Buffer } | undefined): Error | undefined {
    let verdict: Verdict
    try {
      verdict =
        of === undefined
          ? inspectHead(parts, ruleset)
          : inspectBodyOf({ ...parts, body: of.body }, of.facts.contentType, ruleset)
    } catch (error) {
      this.#host.log.error({ err: error, request_id: record.requestId }, 'the WAF failed to inspect a request')
      return this.#policy.mode === 'block' ? new RequestRefused() : undefined
    }
    if (!verdict.isAttack) return undefined
    return this.#found(record, verdict) ? new RequestRefused() : undefined
  }

  /** Notes and records what was found. Whether it is a reason to refuse the request. */
  #found(record: RequestRecord, what: Verdict | Bound): boolean {
    const { mode } = this.#policy
    const { rule } = this.#recorder.record({ record, what, mode, host: this.#host })
    // Whoever sends too much is no attacker yet.
    if (typeof what !== 'string') this.#striker?.strike(record, rule)
    return mode === 'block'
  }
}

function toParts(record: RequestRecord, target: string): RequestParts {
  const question = target.indexOf('?')
  return {
    method: record.method,
    host: record.host,
    path: question === -1 ? target : target.slice(0, question),
    policyPath: record.policyPath,
    query: question === -1 ? '' : target.slice(question + 1),
    headers: record.rawHeaders,
  }
}

function tooLong(Refusal: new (size: never, max: number) => Error, size: number, max: number): Error {
  return withDetails(new Refusal(size as never, max), { max_size: max, request_size: size })
}
