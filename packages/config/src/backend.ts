import { formatListen, reaches } from './listen-address.ts'
import type { Backend, ListenAddress } from './model.ts'

/** A backend without its TLS settings, or what is wrong with it. */
export type BackendResult =
  | { readonly backend: Omit<Backend, 'tls'>; readonly problem?: never }
  | { readonly problem: string; readonly hint?: string | undefined }

const MAX_LENGTH = 1024
const FORMS = 'write http://host:port, https://host:port, unix:/path.sock or demo'

/**
 * Reads `http://h:p[/base]`, `https://…`, `unix:/path.sock` and `demo`. Names as containers have them (`my_app`) are
 * fine. A backend that is one of `listeners` is refused. Messages never repeat the text: it may hold a password.
 */
export function parseBackend(text: string, listeners: readonly ListenAddress[]): BackendResult {
  const source = text.trim()
  if (source.length > MAX_LENGTH) return { problem: `a backend has at most ${MAX_LENGTH} characters` }
  if (source === 'demo') return { backend: { source, kind: 'demo', origin: 'http://localhost', basePath: '' } }
  if (/^unix:/i.test(source)) return parseUnix(source)
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1]?.toLowerCase()
  if (scheme === undefined) return { problem: 'the backend has no scheme', hint: schemeHint(source) }
  if (scheme !== 'http' && scheme !== 'https')
    return { problem: `a backend cannot be reached by ${scheme}://`, hint: FORMS }
  return parseUrl(source, scheme, listeners)
}

function parseUnix(source: string): BackendResult {
  const socketPath = source.slice('unix:'.length).replace(/^\/\/(?=\/)/, '')
  if (!socketPath.startsWith('/') || socketPath.includes('\0'))
    return { problem: 'a unix backend needs the absolute path of its socket', hint: 'write unix:/path/to.sock' }
  return { backend: { source, kind: 'unix', origin: 'http://localhost', socketPath, basePath: '' } }
}

function parseUrl(source: string, kind: 'http' | 'https', listeners: readonly ListenAddress[]): BackendResult {
  const problem = urlProblem(source)
  if (problem !== undefined) return problem
  const url = URL.parse(source)
  if (url === null || url.hostname === '') return { problem: 'the backend is not a valid address', hint: FORMS }
  const port = Number(url.port === '' ? { http: 80, https: 443 }[kind] : url.port)
  if (port === 0) return { problem: 'a backend cannot have port 0' }
  const own = listeners.find((listen) => reaches(listen, url.hostname, port))
  if (own !== undefined)
    return { problem: `the backend is this gateway itself, which listens on ${formatListen(own)}`, hint: OWN_HINT }
  const basePath = url.pathname.replace(/\/+$/, '')
  return { backend: { source, kind, origin: url.origin, basePath } }
}

const OWN_HINT = 'give the address of the application behind it, or let the gateway listen on another port'

/** What the URL parser would silently accept or drop. */
function urlProblem(source: string): BackendResult | undefined {
  const authority = source.slice(source.indexOf('//') + 2).split('/', 1)[0] ?? ''
  if (/[\s\\\p{Cc}]/u.test(source)) return { problem: 'a backend cannot contain spaces or backslashes' }
  if (authority.includes('@'))
    return {
      problem: 'a backend cannot contain a user name or a password',
      hint: 'set an Authorization header instead',
    }
  if (/[?#]/.test(source)) return { problem: 'a backend cannot contain a query (?) or a fragment (#)' }
  return undefined
}

function schemeHint(source: string): string {
  const isAddress = /^[\w.-]+(?::\d+)?(?:\/.*)?$/.test(source)
  return isAddress ? `write http://${source}` : FORMS
}
