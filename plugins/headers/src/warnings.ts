import type { Problem } from '@drawbridge/plugin-kit'
import { type Entry, listEntries } from './entries.ts'
import type { HeadersOptions } from './options.ts'

type Warning = Pick<Problem, 'code' | 'message'> & { readonly hint?: string }

/** What is done as written, but is rarely meant so. */
export function findWarnings(options: HeadersOptions): readonly Problem[] {
  const request = listEntries('request', options.request).flatMap((entry) => about(entry, warnOfRequest(entry)))
  const response = listEntries('response', options.response).flatMap((entry) =>
    about(entry, warnOfResponse(entry, options)),
  )
  return [...request, ...response]
}

function about({ path }: Entry, warning: Warning | undefined): Problem[] {
  return warning === undefined ? [] : [{ severity: 'warning', path, ...warning }]
}

function warnOfRequest({ operation, name }: Entry): Warning | undefined {
  if (operation !== 'remove' || name.toLowerCase() !== 'cookie') return undefined
  return {
    code: 'cookie-removed',
    message: 'Cookie is removed from a route that may have logins: the backend then knows no session',
    hint: 'keep this only where nobody signs in',
  }
}

function warnOfResponse({ operation, name, value = '' }: Entry, options: HeadersOptions): Warning | undefined {
  if (operation === 'remove') return undefined
  const lower = name.toLowerCase()
  if (lower === 'strict-transport-security') return warnOfPreload(value)
  if (lower === 'x-xss-protection' && value.trim() !== '0') return OLD_FILTER
  if (lower === 'x-frame-options' || lower === 'content-security-policy') return warnOfFraming(name, options)
  if (lower.startsWith('access-control-') && options.cors !== undefined)
    return { code: 'no-effect', message: `"${name}" is sent as written here, whatever "cors" says` }
  return undefined
}

const OLD_FILTER: Warning = {
  code: 'xss-filter',
  message: 'X-XSS-Protection switches on a filter that made holes of its own; browsers have dropped it',
  hint: 'write "0", or leave it out',
}

function warnOfPreload(value: string): Warning | undefined {
  if (!/\bpreload\b/i.test(value)) return undefined
  return {
    code: 'hsts-preload',
    message: 'preload asks browsers to ship this domain, and all sub-domains, as https only: undoing it takes months',
    hint: 'keep it only if every sub-domain has https for good',
  }
}

function warnOfFraming(name: string, { framed_paths }: HeadersOptions): Warning | undefined {
  if (framed_paths.length === 0) return undefined
  return {
    code: 'framed-paths',
    message: `"${name}" is also sent on ${framed_paths.join(', ')}, which the application frames or opens itself`,
    hint: 'a preset leaves these pages out',
  }
}
