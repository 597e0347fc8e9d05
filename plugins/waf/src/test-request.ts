import { resolveOptions, type ServiceHost } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'
import { NoSuchRoute } from './errors.ts'
import { inspectRequest } from './inspect-request.ts'
import { WafOptions } from './options.ts'
import type { RequestParts } from './request-parts.ts'
import { modeOf, rulesetOf } from './route-policy.ts'
import type { ValueInspector } from './value-inspector.ts'

const closed = { additionalProperties: false }
const MAX_BODY = 147_456

/** Body of `POST /api/waf/test`. */
export const TestBody = Type.Object(
  {
    host: Type.Optional(
      Type.String({ description: 'Judge as this host’s route does; else by the defaults.', maxLength: 253 }),
    ),
    payload: Type.Optional(Type.String({ description: 'A value, judged as that of a parameter.', maxLength: 16_384 })),
    method: Type.String({ description: 'The method.', default: 'GET', maxLength: 40 }),
    path: Type.String({ description: 'The path as on the wire.', default: '/', pattern: '^/', maxLength: 8192 }),
    query: Type.String({ description: 'The query as on the wire, without `?`.', default: '', maxLength: 8192 }),
    headers: Type.Record(Type.String({ maxLength: 256 }), Type.String({ maxLength: 16_384 }), {
      description: 'Header fields by name.',
      default: {},
      maxProperties: 100,
    }),
    body: Type.Optional(
      Type.String({ description: 'The body; `content-type` among the headers says what it is.', maxLength: MAX_BODY }),
    ),
  },
  closed,
)

const MatchEntry = Type.Object(
  {
    rule: Type.String({ description: 'The rule.' }),
    group: Type.String({ description: 'Its group.' }),
    score: Type.Integer({ description: 'Its points.' }),
    part: Type.String({ description: 'The part of the request.' }),
    parameter: Type.String({ description: 'Name of the parameter, header, cookie or JSON key.' }),
    excerpt: Type.String({ description: 'Text around the place, in lower case.' }),
    why: Type.String({ description: 'What an attacker would gain.' }),
  },
  closed,
)

/** Answer of `POST /api/waf/test`. */
export const TestAnswer = Type.Object(
  {
    verdict: Type.String({ description: '`passed`, `logged` (found, and let through) or `blocked`.' }),
    score: Type.Integer({ description: 'Points of the worst value.' }),
    threshold: Type.Integer({ description: 'Points from which a value is an attack.' }),
    mode: Type.String({ description: '`block`, `log`, or `off`.' }),
    matches: Type.Array(MatchEntry, { description: 'What fired.' }),
  },
  closed,
)

/** Judges a request that was never sent, and stores nothing. Throws `NoSuchRoute` for a host that no route serves. */
export function testRequest(
  body: Static<typeof TestBody>,
  host: ServiceHost,
  inspector: ValueInspector,
): Static<typeof TestAnswer> {
  const { options, mode } = settingsOf(host, body.host)
  const ruleset = rulesetOf(options, inspector)
  const verdict = inspectRequest(toParts(body), ruleset)
  const found = mode === 'block' ? 'blocked' : 'logged'
  return {
    verdict: verdict.isAttack && mode !== 'off' ? found : 'passed',
    score: verdict.score,
    threshold: ruleset.threshold,
    mode,
    matches: verdict.matches.map(({ rule, part, parameter, excerpt }) => ({
      rule: rule.id,
      group: rule.group,
      score: rule.score,
      part,
      parameter,
      excerpt,
      why: rule.why,
    })),
  }
}

/** Those of the host's route, or the defaults. */
function settingsOf({ installation }: ServiceHost, name: string | undefined) {
  if (name === undefined) return { options: DEFAULTS, mode: modeOf(DEFAULTS) }
  const route = installation.routes().find(({ hosts }) => hosts.includes(name.toLowerCase()))
  if (route === undefined) throw new NoSuchRoute(name)
  const options = route.options.waf as WafOptions | undefined
  return { options: options ?? DEFAULTS, mode: options === undefined ? ('off' as const) : modeOf(options) }
}

const DEFAULTS = defaults()

function defaults(): WafOptions {
  const resolution = resolveOptions(WafOptions, {})
  if (!('value' in resolution)) throw new TypeError('the defaults of the WAF are not valid')
  return resolution.value
}

function toParts({ host, payload, method, path, query, headers, body }: Static<typeof TestBody>): RequestParts {
  const value = payload === undefined ? '' : `payload=${encodeURIComponent(payload.toWellFormed())}`
  return {
    method,
    ...(host === undefined ? {} : { host: host.toLowerCase() }),
    path,
    policyPath: path.toLowerCase(),
    query: [query, value].filter((part) => part !== '').join('&'),
    headers: Object.entries(headers).flat(),
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  }
}
