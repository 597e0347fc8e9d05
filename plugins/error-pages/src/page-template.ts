import { escapeHtml } from './escape-html.ts'
import { describeSizes, type PageFacts } from './page-facts.ts'

/** A page from a file: text and, between, values, made safe for HTML. */
export type PageTemplate = (facts: PageFacts) => string

type Read = (facts: PageFacts) => string

/** What a page may show, as we and as Go templates call it. Of what a client sends nothing is among it but the request id, which tracing has checked. */
const VARIABLES: readonly (readonly [name: string, goName: string, read: Read])[] = [
  ['status', 'Status', ({ status }) => String(status)],
  ['title', 'Title', ({ status, language }) => language.title(status)],
  ['message', 'Message', ({ status, language }) => language.message(status)],
  ['request_id', 'RequestID', ({ requestId }) => requestId],
  ['max_size', 'MaxSize', (facts) => describeSizes(facts)?.max ?? ''],
  ['request_size', 'RequestSize', (facts) => describeSizes(facts)?.request ?? ''],
  ['retry_after', 'RetryAfter', ({ retryAfterSeconds }) => String(retryAfterSeconds ?? '')],
  ['host', 'Host', ({ routeHost }) => routeHost],
  ['contact', 'Contact', ({ contact }) => contact],
  ['language', 'Language', ({ language }) => language.code],
]
const BY_PLACE = new Map<string, Read>(
  VARIABLES.flatMap(([name, goName, read]) => [[`\${${name}}`, read] as const, [`{{.${goName}}}`, read] as const]),
)
const PLACE = /\$(\$\{)|\$\{[^}]*\}|\{\{[^}]*\}\}/g

/**
 * Compiles a page with `${request_id}` or `{{.RequestID}}` in it; `$${` is a literal `${`. Throws an Error that names an
 * unknown variable and the known ones.
 */
export function compilePage(text: string): PageTemplate {
  const parts: (string | Read)[] = []
  let end = 0
  for (const match of text.matchAll(PLACE)) {
    const [whole, literal] = match
    parts.push(text.slice(end, match.index), literal ?? findVariable(whole))
    end = match.index + whole.length
  }
  parts.push(text.slice(end))
  return (facts) => parts.map((part) => (typeof part === 'string' ? part : escapeHtml(part(facts)))).join('')
}

function findVariable(place: string): Read {
  const read = BY_PLACE.get(place.replaceAll(/\s/g, ''))
  if (read !== undefined) return read
  throw new Error(`unknown variable "${place}"; there are ${[...BY_PLACE.keys()].join(', ')}`)
}
