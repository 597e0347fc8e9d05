import {
  addressKey,
  clientKey,
  compileAddressRules,
  definePlugin,
  type Host,
  type Plugin,
  type ResolveName,
} from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import { addAnswerScan, loginToRead, plainRefusals } from './answer-scan.ts'
import { checkRateLimit } from './check-rate-limit.ts'
import { COMMANDS } from './commands.ts'
import { Enforcer } from './enforcer.ts'
import { compileSignatures, findLogin } from './login-signature.ts'
import { compileLogins, countLogin, readLogin } from './login-watch.ts'
import { RateLimitOptions } from './options.ts'
import { PRESETS } from './presets.ts'
import { RateLimitService } from './rate-limit-service.ts'
import { admit, compileLimits } from './route-limits.ts'
import type { Rule } from './rule.ts'
import { EVENTS, MIGRATIONS, TABLES } from './tables.ts'
import { addTopEndpoint } from './top-endpoint.ts'

/** Makes the plugin; DNS names are looked up with `resolve`, or with the machine's name servers. */
export function createRateLimitPlugin(resolve?: ResolveName): Plugin<typeof RateLimitOptions> {
  const plugin = definePlugin({
    name: 'rate-limit',
    key: 'rate_limit',
    phase: 'guard',
    // Behind the size limits, before the WAF: what is too many is not worth a look inside.
    after: ['limits'],
    isOnByDefault: false,
    options: RateLimitOptions,
    presets: PRESETS,
    check: checkRateLimit,
    announces: ({ login }) => (login === undefined ? [] : ['login_failed', 'login_succeeded']),
    wire(app, options, host) {
      const service = host.service<RateLimitService>(plugin)
      const rules: Rule[] = []
      const acquire = (name: string, shape: Rule['shape'], violationsMs = 0) => {
        const rule = service.acquire(host, { name, shape, violationsMs })
        rules.push(rule)
        return rule
      }
      // Requests that came earlier would begin anew.
      app.addHook('onReady', () => service.loaded())
      const isExempt = followExempt(app, options, service)
      addLimits(app, { host, service, options, isExempt, acquire })
      addLogins(app, { host, service, options, isExempt, acquire })
      app.addHook('onClose', (_app, done) => {
        for (const rule of rules) service.release(rule)
        done()
      })
    },
    upstream: (options) => ({ headers: plainRefusals(compileSignatures(options.login)) }),
    response: (options) => {
      const signatures = compileSignatures(options.login)
      if (signatures.every((login) => login.options.ignore_answer === undefined)) return {}
      return { claimsBody: (head, record) => loginToRead(signatures, head.status, record) !== undefined }
    },
    service: (host) => new RateLimitService(host, resolve),
    admin: addTopEndpoint,
    commands: COMMANDS,
    tables: TABLES,
    migrations: MIGRATIONS,
    events: EVENTS,
  })
  return plugin
}

interface Wiring {
  readonly host: Host
  readonly service: RateLimitService
  readonly options: RateLimitOptions
  readonly isExempt: (key: string | undefined) => boolean
  readonly acquire: (name: string, shape: Rule['shape'], violationsMs?: number) => Rule
}

function followExempt(app: FastifyInstance, { exempt }: RateLimitOptions, { names }: RateLimitService) {
  if (exempt.length === 0) return () => false
  const rules = compileAddressRules(exempt, { names })
  app.addHook('onClose', (_app, done) => {
    rules.release()
    done()
  })
  return (key: string | undefined) => key !== undefined && rules.hasKey(key)
}

function addLimits(app: FastifyInstance, { host, service, options, isExempt, acquire }: Wiring): void {
  const limitsOf = compileLimits(options, (name, shape, violationsMs) => acquire(name, shape, violationsMs))
  const isIdle = options.per_ip === undefined && options.global === undefined && options.paths.length === 0
  if (isIdle) return
  const enforcer = new Enforcer({ host, service, options })
  const { clock } = host
  app.addHook('onRequest', (request, reply, done) => {
    const record = request.gateway
    const { clientAddress } = record
    const key = addressKey(clientAddress)
    if (isExempt(key)) return done()
    const excess = admit(limitsOf(record.policyPath), {
      key: clientKey(key),
      address: clientAddress,
      now: clock.now(),
    })
    done(excess === undefined ? undefined : enforcer.refuse(excess, record, reply))
  })
}

function addLogins(app: FastifyInstance, { host, service, options, isExempt, acquire }: Wiring): void {
  const logins = compileLogins(options.login, acquire)
  if (logins.length === 0) return
  const parts = { host, service, mode: options.mode, isExempt: (address: string) => isExempt(addressKey(address)) }
  host.onFinish((record) => {
    const login = findLogin(logins, record)
    if (login !== undefined) countLogin(login, record, parts)
  })
  if (logins.some((login) => login.options.ignore_answer !== undefined)) addAnswerScan(app, logins)
  if (logins.every((login) => login.options.ignore_body === undefined)) return
  app.addHook('onRequest', (request, reply, done) => {
    const login = findLogin(logins, request.gateway)
    if (login === undefined) return done()
    readLogin({ host, login }, { request, reply }, done)
  })
}
