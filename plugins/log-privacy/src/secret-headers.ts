import type { SecretKeys } from './secret-keys.ts'

/** Headers with credentials by another name than `…-token` or `…-secret`, which are found by their name. */
const SAFE_DEFAULTS = [
  'Authorization',
  'Proxy-Authorization',
  'Authentication-Info',
  'Cookie',
  'Set-Cookie',
  'X-API-Key',
  'X-Auth-Token',
  'X-CSRF-Token',
  'X-Vault-Token',
  'CF-Access-*',
  // Wings and others put tokens there.
  'Sec-WebSocket-Protocol',
  'X-Amzn-OIDC-*',
  'X-Goog-IAP-JWT-Assertion',
  'X-Emby-Authorization',
  'SSL-Client-Cert',
  'X-SSL-Client-Cert',
]

/** Knows the headers whose values must not be shown; takes names in any case. */
export type HeaderTest = (name: string) => boolean

/** Compiles the headers that a route lists, besides the safe defaults; `X-Internal-*` means all that begin so. */
export function createHeaderTest(listed: readonly string[], keys: SecretKeys, hasDefaults: boolean): HeaderTest {
  const entries = [...(hasDefaults ? SAFE_DEFAULTS : []), ...listed].map((entry) => entry.toLowerCase())
  const names = new Set(entries.filter((entry) => !entry.endsWith('*')))
  const prefixes = entries.filter((entry) => entry.endsWith('*')).map((entry) => entry.slice(0, -1))
  return (name) => {
    const lower = name.toLowerCase()
    if (names.has(lower) || prefixes.some((prefix) => lower.startsWith(prefix))) return true
    return hasDefaults && keys.isSecretName(lower)
  }
}
