const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(?:\*\.)?[^\s/?#@*,]+$/i
const LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i

/** Whether a text is an origin (RFC 6454 6.2), one with a wildcard for its sub-domains, or `null`. */
export function isOrigin(text: string): boolean {
  return text === 'null' || (ORIGIN.test(text) && URL.canParse(text.replace('://*.', '://')))
}

/** Compiles origins, as `isOrigin` lets them through, to a test of what a browser sends as `Origin`. */
export function compileOrigins(origins: readonly string[]): (origin: string) => boolean {
  const exact = new Set(origins.filter((origin) => !origin.includes('*')).map(normaliseOrigin))
  const wildcards = origins.filter((origin) => origin.includes('*')).map(readWildcard)
  if (wildcards.length === 0) return (origin) => exact.has(origin)
  return (origin) => exact.has(origin) || wildcards.some((wildcard) => isBelow(wildcard, origin))
}

interface Wildcard {
  /** `https://` */
  readonly scheme: string
  /** `.example.org:8443` */
  readonly suffix: string
}

function readWildcard(text: string): Wildcard {
  const base = normaliseOrigin(text.replace('://*.', '://'))
  const hostAt = base.indexOf('://') + 3
  return { scheme: base.slice(0, hostAt), suffix: `.${base.slice(hostAt)}` }
}

function isBelow({ scheme, suffix }: Wildcard, origin: string): boolean {
  if (!origin.startsWith(scheme) || !origin.endsWith(suffix)) return false
  // What stands for the wildcard must be labels: `https://evil.test/.example.org` is no sub-domain.
  return LABELS.test(origin.slice(scheme.length, -suffix.length))
}

/** As browsers write it: lower case, punycode, no default port. Schemes that URL knows no origin of stay as written. */
function normaliseOrigin(text: string): string {
  return /^https?:/i.test(text) ? new URL(text).origin : text
}
