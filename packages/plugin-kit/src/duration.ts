import { Type } from 'typebox'
import type { KindBounds } from './value-kind.ts'

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g

/** The regular expression (as text) of a written duration, for editors. */
export const DURATION_PATTERN = String.raw`^(\d+(\.\d+)?|(\d+(\.\d+)?(ms|s|m|h|d|w))+)$`

/** Milliseconds of `250ms`, `5s`, `1.5h`, `2h45m`, `90d`; a bare number is seconds. `undefined` when it is none of these. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? Math.round(value * 1000) : undefined
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
  if (!DURATION.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(PART)) ms += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0)
  return Math.round(ms)
}

/** The shortest way to write a duration of whole milliseconds: `5s`, `2h45m`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  let rest = ms
  let text = ''
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = UNIT_MS[unit] ?? 1
    const amount = Math.floor(rest / size)
    if (amount > 0) text += `${amount}${unit}`
    rest -= amount * size
  }
  return text
}

/** An option that is a length of time. Written `5s` or seconds; resolved to whole milliseconds. Bounds are milliseconds. */
export function Duration(options: { description: string; default?: string } & KindBounds) {
  const { min, max, ...rest } = options
  return Type.Unsafe<number>({ kind: { name: 'duration', min: min ?? 0, max: max ?? 10 * 365 * 86_400_000 }, ...rest })
}
