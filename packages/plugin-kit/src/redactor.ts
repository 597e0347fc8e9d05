/**
 * Takes secrets and personal data out of what is about to be logged, stored, announced or shown. There is one per route, and one for
 * what belongs to no route; every sink gets only what came through it. Every method is linear in its input and never throws.
 */
export interface Redactor {
  /** An address as people see it: `203.0.113.xxx`. What is no address becomes `[invalid]`. */
  address(address: string): string
  /** An address that programs can still parse: `203.0.113.0`. */
  parsableAddress(address: string): string
  /** Stands for the address where one person's rows must be found again; empty where the operator does not want that. */
  pseudonym(address: string): string
  /** A path without query. */
  path(path: string): string
  /** A query without `?`: values of secret keys are replaced. */
  query(query: string): string
  /** A referrer: origin and redacted path; query, fragment and credentials are dropped. */
  referrer(url: string): string
  /** A header's value, or a placeholder where the header must not be shown. */
  header(name: string, value: string): string
  /** Free text: addresses, e-mail addresses, tokens, secrets in URLs. */
  text(text: string): string
}

/** Changes nothing: for hosts whose operator has turned redaction off, and for apps outside the gateway. */
export const plainRedactor: Redactor = Object.freeze({
  address: (address: string) => address,
  parsableAddress: (address: string) => address,
  pseudonym: () => '',
  path: (path: string) => path,
  query: (query: string) => query,
  referrer: (url: string) => url,
  header: (_name: string, value: string) => value,
  text: (text: string) => text,
})

/**
 * `facts` with all text in it, also in nested values and errors, sent through the redactor, which is told the key as if it were a header's
 * name: `{ headers: { cookie } }` must not show a cookie. For logs and events, not for the hot path.
 */
export function redactFacts(facts: object, redactor: Redactor): Record<string, unknown> {
  return redactValue(facts, redactor, 0) as Record<string, unknown>
}

const MAX_DEPTH = 8
/** The gateway's own words, and what the operator configured: never a client's, and of no use when blotted out. */
const KEPT = new Set(['request_id', 'backend', 'level', 'code'])

function redactValue(value: unknown, redactor: Redactor, depth: number, key = ''): unknown {
  if (typeof value === 'string') return redactor.text(key === '' ? value : redactor.header(key, value))
  if (typeof value !== 'object' || value === null) return value
  if (depth === MAX_DEPTH) return '[too deep]'
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redactor, depth + 1, key))
  if (value instanceof Error) return redactError(value, redactor, depth)
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      KEPT.has(name) && typeof inner === 'string' ? inner : redactValue(inner, redactor, depth + 1, name),
    ]),
  )
}

function redactError(error: Error, redactor: Redactor, depth: number): Record<string, unknown> {
  return {
    type: error.name,
    message: redactor.text(error.message),
    stack: redactor.text(error.stack ?? ''),
    ...(redactValue({ ...error }, redactor, depth) as object),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, redactor, depth + 1) }),
  }
}
