import { Type } from 'typebox'
import type { KindBounds } from './value-kind.ts'

const UNIT_BYTES: Record<string, number> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }
const SIZE = /^(\d+(?:\.\d+)?)\s*(?:(b)|([kmgt])(?:i?b)?)?$/i

/** The regular expression (as text) of a written size, for editors. */
export const SIZE_PATTERN = String.raw`^\d+(\.\d+)?\s*([bB]|[kmgtKMGT]([iI]?[bB])?)?$`

/** Bytes of `512kb`, `10mb`, `1GiB` (1024-based, as nginx and Docker mean them); a bare number is bytes. `undefined` otherwise. */
export function parseSize(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string') return undefined
  const match = SIZE.exec(value.trim())
  if (match === null) return undefined
  const unit = (match[2] ?? match[3] ?? 'b').toLowerCase()
  return Math.floor(Number(match[1]) * (UNIT_BYTES[unit] ?? 1))
}

/** A size for people: `10 MB`, `1.5 KB`, `900 bytes` (1024-based). */
export function formatSize(bytes: number): string {
  const units = ['KB', 'MB', 'GB', 'TB']
  if (bytes < 1024) return `${bytes} bytes`
  let value = bytes / 1024
  let index = 0
  while (value >= 1024 && index < units.length - 1) {
    value /= 1024
    index += 1
  }
  return `${Number(value.toFixed(value < 10 ? 2 : 1))} ${units[index]}`
}

/** An option that is a number of bytes. Written `10mb` or bytes; resolved to bytes. Bounds are bytes. */
export function Size(options: { description: string; default?: string | number } & KindBounds) {
  const { min, max, ...rest } = options
  return Type.Unsafe<number>({ kind: { name: 'size', min: min ?? 0, max: max ?? Number.MAX_SAFE_INTEGER }, ...rest })
}
