import { Type } from 'typebox'
import { parseDuration } from './duration.ts'
import type { KindBounds } from './value-kind.ts'

/** So many events in so many milliseconds. */
export interface RateValue {
  readonly count: number
  readonly windowMs: number
}

const NAMED_WINDOWS_MS: Record<string, number> = {
  s: 1000,
  sec: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const RATE = /^(\d+)\s*\/\s*([\w.]+)$/

/** The regular expression (as text) of a written rate, for editors. */
export const RATE_PATTERN = String.raw`^\d+(\s*/\s*[\w.]+)?$`

/** The rate of `5/10s`, `1000/h`, `5/min`; a bare number is per minute. `undefined` when it is none of these. */
export function parseRate(value: unknown): RateValue | undefined {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value >= 0 ? { count: value, windowMs: 60_000 } : undefined
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (/^\d+$/.test(text)) return { count: Number(text), windowMs: 60_000 }
  const [, count, window = ''] = RATE.exec(text) ?? []
  if (count === undefined) return undefined
  const windowMs = NAMED_WINDOWS_MS[window] ?? (/^\d/.test(window) ? parseDuration(window) : undefined)
  return windowMs === undefined || windowMs === 0 ? undefined : { count: Number(count), windowMs }
}

/** An option that is a rate. Written `100` (a minute), `5/10s` or `1000/h`; resolved to `{ count, windowMs }`. Bounds are counts. */
export function Rate(options: { description: string; default?: string | number } & KindBounds) {
  const { min, max, ...rest } = options
  return Type.Unsafe<RateValue>({ kind: { name: 'rate', min: min ?? 0, max: max ?? 1e9 }, ...rest })
}
