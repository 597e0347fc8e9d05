import type { ResponseHead } from '@drawbridge/plugin-kit'
import { Intercepted } from './errors.ts'
import type { ErrorPagesOptions } from './options.ts'

/** What a backend's error says to programs, which a page must not take away: when to come back, how to sign in, what is allowed. */
const KEPT = new Set(['retry-after', 'www-authenticate', 'allow'])

/** Decides by status which answers of the backend become pages of the gateway. `undefined` when none do. */
export function compileIntercept(
  statuses: ErrorPagesOptions['intercept'],
): ((head: ResponseHead) => Error | undefined) | undefined {
  if (statuses.length === 0) return undefined
  const names = new Set(statuses.map(String))
  return ({ status, headers }) => {
    if (status < 400 || !(names.has(String(status)) || names.has(`${Math.floor(status / 100)}xx`))) return undefined
    return Object.assign(new Intercepted(status), { statusCode: status, headers: keptHeaders(headers) })
  }
}

function keptHeaders(headers: readonly string[]): Record<string, string[]> {
  const kept: Record<string, string[]> = {}
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase()
    if (!KEPT.has(name)) continue
    kept[name] ??= []
    kept[name].push(headers[i + 1] ?? '')
  }
  return kept
}
