import type { RawDocument } from './convert-yaml.ts'
import type { Source } from './source.ts'

/** A stretch of a file that holds one route, and where its `host:` is. */
export interface Piece {
  readonly start: number
  readonly end: number
  readonly hostAt: number
}

/**
 * Takes a document apart at each `host:` in column 0, the way people write several routes without `---`. What stands
 * before the first `host:` belongs to it. One piece when there is nothing to take apart.
 */
export function splitAtHosts(source: Source, { start, end }: Pick<RawDocument, 'start' | 'end'>): readonly Piece[] {
  const hosts = [...source.text.slice(start, end).matchAll(/^host[ \t]*:(?=\s|$)/gm)].map(
    (match) => match.index + start,
  )
  if (hosts.length < 2) return [{ start, end, hostAt: hosts[0] ?? start }]
  return hosts.map((hostAt, index) => ({
    start: index === 0 ? start : hostAt,
    end: hosts[index + 1] ?? end,
    hostAt,
  }))
}
