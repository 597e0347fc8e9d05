import Negotiator from 'negotiator'
import { english } from './english.ts'
import { german } from './german.ts'
import type { Language } from './language.ts'

/** The forms in which an error can be answered. */
export type Format = 'html' | 'json' | 'text'

/** No honest client needs more; what is longer counts as absent, so that nobody makes us parse a book. */
const MAX_HEADER_LENGTH = 1000

/**
 * The form for an `Accept` header: HTML for who names it (browsers), JSON for who names any JSON type, text for everybody
 * else, `*` + `/*` included.
 */
export function chooseFormat(accept: string | undefined): Format {
  for (const type of new Negotiator({ headers: { accept: bounded(accept) } }).mediaTypes()) {
    const format = formatOf(type.toLowerCase())
    if (format !== undefined) return format
  }
  return 'text'
}

/** The language for an `Accept-Language` header; English when none of ours is wanted. */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  const headers = { 'accept-language': bounded(acceptLanguage) }
  return new Negotiator({ headers }).language(['en', 'de']) === 'de' ? german : english
}

function formatOf(type: string): Format | undefined {
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html'
  if (type === 'application/*' || type === 'application/json' || type.endsWith('+json')) return 'json'
  if (type === '*/*' || type === 'text/plain' || type === 'text/*') return 'text'
  return undefined
}

function bounded(header: string | undefined): string | undefined {
  return header !== undefined && header.length <= MAX_HEADER_LENGTH ? header : undefined
}
