import { decodeOnce, encodeUnsafe } from './decode.ts'
import { REDACTED } from './tokens.ts'

/** A scheme with an authority, or a slash where no word, number or other path goes on; group 1 is the scheme. */
const START = /([a-z][a-z\d+.-]{1,20}:\/\/)|(?<![\w/.~<)\]-])\/(?![/\s])/gi
const AUTHORITY_END = /[/?#\s"'`<>\\]/g
const PATH_END = /[?#\s"'`<>\\|]/g
const QUERY_END = /[#\s"'`<>\\|]/g

/** What the parts of a URL are redacted with. */
export interface UrlRules {
  /** Of a decoded path. */
  readonly path: (path: string) => string
  readonly query: (query: string) => string
  /** Of a host, which may be an address. */
  readonly host: (host: string) => string
}

/** A referrer as origin and redacted path; empty for what is neither a URL with a host nor a path. */
export function redactReferrer(referrer: string, rules: UrlRules): string {
  if (referrer.startsWith('/') && !referrer.startsWith('//'))
    return redactRawPath(/^[^?#]*/.exec(referrer)?.[0] ?? '', rules)
  const url = URL.parse(referrer)
  if (url === null || url.host === '') return ''
  return `${url.protocol}//${rules.host(url.host)}${redactRawPath(url.pathname, rules)}`
}

/** Redacts credentials, paths and queries of all URLs in a text, and paths that stand there alone. One pass. */
export function redactUrlsIn(text: string, rules: UrlRules): string {
  let done = ''
  let copied = 0
  START.lastIndex = 0
  for (let found = START.exec(text); found !== null; found = START.exec(text)) {
    done += text.slice(copied, found.index)
    const scheme = found[1] ?? ''
    const authorityStart = found.index + scheme.length
    const authorityEnd = scheme === '' ? authorityStart : endOf(AUTHORITY_END, text, authorityStart)
    const pathEnd = endOf(PATH_END, text, authorityEnd)
    const hasQuery = text.charAt(pathEnd) === '?'
    const queryEnd = hasQuery ? endOf(QUERY_END, text, pathEnd) : pathEnd
    done += scheme + withoutCredentials(text.slice(authorityStart, authorityEnd))
    done += redactRawPath(text.slice(authorityEnd, pathEnd), rules)
    if (hasQuery) done += `?${rules.query(text.slice(pathEnd + 1, queryEnd))}`
    copied = queryEnd
    START.lastIndex = queryEnd
  }
  return copied === 0 ? text : done + text.slice(copied)
}

/** A path that may be percent-encoded: decoded where something is taken out of it, otherwise as it was. */
export function redactRawPath(path: string, rules: Pick<UrlRules, 'path'>): string {
  const decoded = decodeOnce(path).replace(/\/{2,}/g, '/')
  const redacted = rules.path(decoded)
  return redacted === decoded ? path : encodeUnsafe(redacted)
}

function withoutCredentials(authority: string): string {
  const at = authority.lastIndexOf('@')
  return at === -1 ? authority : `${REDACTED}@${authority.slice(at + 1)}`
}

function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start
  return pattern.exec(text)?.index ?? text.length
}
