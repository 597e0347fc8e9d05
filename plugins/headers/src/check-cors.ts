import type { Problem } from '@drawbridge/plugin-kit'
import { asList } from './as-list.ts'
import { TOKEN } from './check-entries.ts'
import type { CorsOptions, HeadersOptions } from './options.ts'
import { isOrigin } from './origins.ts'

/** What is wrong with `cors`. */
export function checkCors({ cors }: HeadersOptions): readonly Problem[] {
  if (cors === undefined) return []
  return [...checkOrigins(cors), ...checkTokens(cors), ...checkCredentials(cors)]
}

function checkOrigins({ origins }: CorsOptions): Problem[] {
  return asList(origins).flatMap((origin): Problem[] => {
    const path = ['cors', 'origins']
    if (origin === 'null') {
      const message = 'the origin "null" lets in every sandboxed frame and local file, of whomever'
      return [{ severity: 'warning', code: 'null-origin', path, message }]
    }
    if (origin === '*' || isOrigin(origin)) return []
    const message = `${JSON.stringify(origin)} is no origin`
    const hint = 'scheme and host, without path and slash at the end: https://app.example.org or https://*.example.org'
    return [{ severity: 'error', code: 'bad-value', path, message, hint }]
  })
}

function checkTokens(cors: CorsOptions): Problem[] {
  return (['methods', 'headers', 'expose'] as const).flatMap((key) =>
    asList(cors[key])
      .filter((text) => !TOKEN.test(text) || (key === 'methods' && text === '*'))
      .map((text): Problem => {
        const message = `${JSON.stringify(text)} is no ${key === 'methods' ? 'method' : 'header name'}`
        return { severity: 'error', code: 'bad-value', path: ['cors', key], message, hint: 'write a list: [A, B]' }
      }),
  )
}

/** Fetch standard: with credentials `*` is no wildcard, browsers refuse the answer. */
function checkCredentials({ credentials, origins, expose }: CorsOptions): Problem[] {
  if (!credentials) return []
  return Object.entries({ origins, expose })
    .filter(([, list]) => asList(list).includes('*'))
    .map(([key]) => ({
      severity: 'error',
      code: 'bad-value',
      path: ['cors', key],
      message: `"*" does not go with "credentials: true": name the ${key === 'expose' ? 'headers' : 'origins'}`,
    }))
}
