import type { LoadResult } from '@drawbridge/config'

const MASK = '••••'
/** Shorter text would blot out what has nothing to do with it. */
const MIN_LENGTH = 4

/** What came from the environment or a file into the plugin options of a route, in the pieces that can be found in a header. */
export function secretValues(result: LoadResult, host: string | undefined): readonly string[] {
  const route = result.config?.routes.find(({ hosts }) => hosts[0] === host)
  const shown = route === undefined ? undefined : result.effectiveConfig(host)
  if (route === undefined || shown === undefined) return []
  return route.plugins
    .flatMap(({ plugin, options }) => [...hidden(shown[plugin.key], options)])
    .flatMap((text) => text.split(/\$\{[^}]*\}/))
    .filter(({ length }) => length >= MIN_LENGTH)
}

/** A line with the secrets in it blotted out. */
export function maskSecrets(line: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), line)
}

/** The texts that are masked in what may be shown. */
function* hidden(shown: unknown, real: unknown): Generator<string> {
  if (shown === MASK && typeof real === 'string') yield real
  if (typeof shown !== 'object' || shown === null || typeof real !== 'object' || real === null) return
  for (const [key, value] of Object.entries(shown)) yield* hidden(value, Reflect.get(real, key))
}
