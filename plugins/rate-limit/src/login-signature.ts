import { mostSpecific, type PathPatternValue, parsePathPattern, type RequestRecord } from '@drawbridge/plugin-kit'
import type { LoginOptions, RateLimitOptions } from './options.ts'

/** How a login of a route and its failure look. */
export interface LoginSignature {
  readonly pattern: PathPatternValue
  readonly method: string
  readonly failures: ReadonlySet<number>
  readonly maxFailures: number
  readonly windowMs: number
  readonly options: LoginOptions
}

const FAILURES = [400, 401, 403]
const MAX_FAILURES = 5
const WINDOW_MS = 600_000

/** Compiles the signatures of `login`. */
export function compileSignatures(written: RateLimitOptions['login']): readonly LoginSignature[] {
  return listLogins(written).flatMap((options) => {
    const pattern = parsePathPattern(options.path)
    // The schema has refused whatever is no pattern.
    if (pattern === undefined) return []
    const { method = 'POST', failure_status: failures = FAILURES, max_failures: maxFailures = MAX_FAILURES } = options
    const { window: windowMs = WINDOW_MS } = options
    const statuses = new Set(typeof failures === 'number' ? [failures] : failures)
    return [{ pattern, method, failures: statuses, maxFailures, windowMs, options }]
  })
}

/** One or several, as a list. */
export function listLogins(written: RateLimitOptions['login']): readonly LoginOptions[] {
  if (written === undefined) return []
  return Array.isArray(written) ? written : [written]
}

/** The login that a request is for. */
export function findLogin<T extends LoginSignature>(
  logins: readonly T[],
  { method, policyPath }: RequestRecord,
): T | undefined {
  const login = mostSpecific(logins, policyPath)
  return login?.method === method ? login : undefined
}
