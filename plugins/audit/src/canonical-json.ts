/** JSON with the keys of all objects in order and no white space: equal data give equal text. What JSON cannot say is left out, as `JSON.stringify` does. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isPlainObject(inner) ? sortKeys(inner) : inner)) ?? 'null'
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sortKeys(value: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, value[key]]))
}
