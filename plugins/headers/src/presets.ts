import { asList } from './as-list.ts'
import type { CorsOptions, HeadersOptions, PresetName } from './options.ts'

type Headers = Readonly<Record<string, string>>

const SECURITY_HEADERS: Partial<Record<PresetName, Headers>> = {
  'security-strict': {
    'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    'Content-Security-Policy':
      "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    // Not `no-referrer`: Django and Rails refuse forms sent over https without a Referer of their own.
    'Referrer-Policy': 'same-origin',
    'Permissions-Policy':
      'accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()',
    'Cross-Origin-Opener-Policy': 'same-origin',
    // The filter that `1` switched on made holes of its own; browsers have dropped it.
    'X-XSS-Protection': '0',
  },
  'security-basic': {
    'Strict-Transport-Security': 'max-age=31536000',
    'X-Frame-Options': 'SAMEORIGIN',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'X-XSS-Protection': '0',
  },
}

const OPEN_TO_ALL: CorsOptions = {
  origins: '*',
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  headers: '*',
  expose: '*',
  credentials: false,
  max_age: 600_000,
}

/** The security headers of all presets that a route names. Of two presets with one header the later one wins. */
export function presetHeaders({ preset }: HeadersOptions): readonly (readonly [name: string, value: string])[] {
  return Object.entries(Object.assign({}, ...asList(preset).map((name) => SECURITY_HEADERS[name])))
}

/** What presets say about CORS: `cors-permissive` and `api` let pages of all origins in, without cookies. */
export function presetCors({ preset }: HeadersOptions): CorsOptions | undefined {
  const names = asList(preset)
  return names.includes('cors-permissive') || names.includes('api') ? OPEN_TO_ALL : undefined
}

/** Whether a preset takes JSON bodies only. */
export function presetRequiresJson({ preset }: HeadersOptions): boolean {
  return asList(preset).includes('api')
}
