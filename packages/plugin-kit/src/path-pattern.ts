import { Type } from 'typebox'

/** A compiled path pattern: does a normalised path match it, and how specific is it? */
export interface PathPatternValue {
  readonly source: string
  /** The longer the fixed part, the more specific; an exact pattern beats a wildcard of the same length. */
  readonly specificity: number
  /** `path` is the normalised path in lower case (`record.policyPath`). */
  matches(path: string): boolean
}

/** The regular expression (as text) of a path pattern, for editors. */
export const PATH_PATTERN = String.raw`^(/|\*[^/*\s?#])[^\s?#]*$`

/**
 * Compiles `/a` (exact), `/a/*` (`/a` and everything below), `*.php` or `*-login` (suffix) and `/a/*\/b` (one segment).
 * Matching ignores case. `undefined` when the text is no such pattern.
 */
export function parsePathPattern(source: string): PathPatternValue | undefined {
  const pattern = source.toLowerCase()
  if (/[\s?#]/.test(pattern)) return undefined
  if (/^\*[^*/]+$/.test(pattern)) return suffixPattern(source, pattern.slice(1))
  if (!pattern.startsWith('/')) return undefined
  const isSubtree = pattern.endsWith('/*')
  const fixed = isSubtree ? pattern.slice(0, -2) : pattern
  const segments = fixed.split('/').slice(1)
  if (segments.some((segment) => segment.includes('*') && segment !== '*')) return undefined
  if (segments.includes('*')) return segmentPattern(source, segments, isSubtree)
  return isSubtree ? subtreePattern(source, fixed) : exactPattern(source, fixed)
}

/** The most specific of the entries whose pattern matches; ties go to the earlier one. `undefined` when none matches. */
export function mostSpecific<T extends { readonly pattern: PathPatternValue }>(
  entries: readonly T[],
  path: string,
): T | undefined {
  let best: T | undefined
  for (const entry of entries) {
    if (!entry.pattern.matches(path)) continue
    if (best === undefined || entry.pattern.specificity > best.pattern.specificity) best = entry
  }
  return best
}

/** An option that is a path pattern, kept as written; compile it with `parsePathPattern`. */
export function PathPattern(options: { description: string; default?: string }) {
  return Type.Unsafe<string>({ kind: { name: 'path' }, ...options })
}

function exactPattern(source: string, fixed: string): PathPatternValue {
  const bare = fixed.length > 1 && fixed.endsWith('/') ? fixed.slice(0, -1) : fixed
  // A trailing slash makes no other page for the frameworks behind us, so it must not make another policy either.
  return { source, specificity: bare.length * 2 + 1, matches: (path) => path === bare || path === `${bare}/` }
}

function subtreePattern(source: string, fixed: string): PathPatternValue {
  const below = `${fixed}/`
  return { source, specificity: fixed.length * 2, matches: (path) => path.startsWith(below) || path === fixed }
}

function suffixPattern(source: string, suffix: string): PathPatternValue {
  // Above `/*`, which says nothing about a path; below every pattern that says where it is.
  return { source, specificity: 1, matches: (path) => path.endsWith(suffix) || path.endsWith(`${suffix}/`) }
}

function segmentPattern(source: string, segments: readonly string[], isSubtree: boolean): PathPatternValue {
  const specificity = segments.reduce((sum, segment) => sum + (segment === '*' ? 1 : segment.length + 1), 0) * 2
  return {
    source,
    specificity: isSubtree ? specificity : specificity + 1,
    matches(path) {
      const parts = path.split('/').slice(1)
      if (!isSubtree && parts.at(-1) === '') parts.pop()
      if (isSubtree ? parts.length < segments.length : parts.length !== segments.length) return false
      return segments.every((segment, index) => (segment === '*' ? parts[index] !== '' : segment === parts[index]))
    },
  }
}
