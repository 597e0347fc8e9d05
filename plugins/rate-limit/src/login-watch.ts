import {
  addressKey,
  clientKey,
  type Host,
  parseBanDurations,
  peekBody,
  type RequestRecord,
} from '@drawbridge/plugin-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ban } from './ban.ts'
import { compileSignatures, type LoginSignature } from './login-signature.ts'
import type { RateLimitOptions } from './options.ts'
import type { RateLimitService } from './rate-limit-service.ts'
import type { Rule } from './rule.ts'
import { type LimitShape, toShape } from './sliding-window.ts'

const PEEKED_BYTES = 16_384
/** Notes of this plugin that say that a request or its answer is no failed login. */
const NO_LOGIN = 'no-login'

/** A login of a route, compiled. */
export interface Login extends LoginSignature {
  readonly rule: Rule
  readonly durationsMs: readonly number[]
}

/** What watching the logins of a route needs. */
export interface LoginParts {
  readonly host: Host
  readonly service: RateLimitService
  readonly mode: RateLimitOptions['mode']
  /** Whether a client is never counted. */
  readonly isExempt: (address: string) => boolean
}

/** Compiles `login`; options have been checked. */
export function compileLogins(
  written: RateLimitOptions['login'],
  acquire: (name: string, shape: LimitShape) => Rule,
): readonly Login[] {
  return compileSignatures(written).map((signature) => {
    const { method, maxFailures, windowMs, options } = signature
    const rule = acquire(`login ${method} ${options.path}`, toShape(maxFailures, windowMs, 0))
    return { ...signature, rule, durationsMs: parseBanDurations(options.ban_duration) ?? [] }
  })
}

/** Looks into the body where only that tells whether it is a login. */
export function readLogin(
  { host, login }: { readonly host: Host; readonly login: Login },
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  done: (error?: Error) => void,
): void {
  const { ignore_body: text } = login.options
  const record = request.gateway
  if (text === undefined || !record.hasBody) return done()
  peekBody({ clock: host.clock, record, request: request.raw, response: reply.raw }, PEEKED_BYTES, (error, body) => {
    if (error === undefined && body.includes(text)) noteNoLogin(record)
    done(error)
  })
}

/** Says on the record that what was refused is no failed login. */
export function noteNoLogin(record: RequestRecord): void {
  record.note({ by: 'rate-limit', what: NO_LOGIN })
}

/** Judges a finished request by what the backend answered: a success forgets the failures, too many failures ban. */
export function countLogin(login: Login, record: RequestRecord, { host, service, mode, isExempt }: LoginParts): void {
  const { status, clientAddress, country } = record
  // Only what the backend said counts: not what the gateway refused, nor what broke off.
  if (record.answeredAt === 0 || record.cause !== '' || isNoLogin(record)) return
  const { rule, failures, maxFailures, durationsMs, options } = login
  const facts = { route: host.routeHost, rule: rule.name, country }
  const key = clientKey(addressKey(clientAddress))
  if (!failures.has(status)) {
    if (status >= 400) return
    const entry = rule.entryOf(key, clientAddress)
    // A count that several share is not one of them's to forgive.
    if (entry.address !== '') service.forget(rule, entry)
    host.events.emit('login_succeeded', facts)
    return
  }
  host.events.emit('login_failed', facts)
  if (isExempt(clientAddress)) return
  const entry = rule.entryOf(key, clientAddress)
  const window = entry.window(rule.shape)
  const now = host.clock.now()
  window.take(now)
  entry.unsaved += 1
  entry.unwritten += 1
  entry.rememberRequest(record.requestId)
  if (window.count(now) < maxFailures) return
  ban({
    host,
    service,
    rule,
    entry,
    record,
    durationsMs,
    isAlert: options.alert_webhook ?? false,
    isObserving: mode === 'observe',
  })
  service.forget(rule, entry)
}

function isNoLogin({ decisions }: RequestRecord): boolean {
  return decisions?.some(({ by, what }) => by === 'rate-limit' && what === NO_LOGIN) === true
}
