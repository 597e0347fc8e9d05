import { createHash } from 'node:crypto'

/** A short fingerprint of a plain value: the same for every order of keys, another for any other difference. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url').slice(0, 22)
}

/** JSON with sorted keys; keys whose value is `undefined` are left out. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const keys = Object.keys(value).sort()
  const pairs = keys.flatMap((key) => {
    const inner: unknown = Reflect.get(value, key)
    return inner === undefined ? [] : [`${JSON.stringify(key)}:${canonical(inner)}`]
  })
  return `{${pairs.join(',')}}`
}
