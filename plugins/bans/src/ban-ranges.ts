import type { Ban } from './ban-index.ts'
import type { Network } from './network.ts'

/** A network, and the bans of it and of those within it, the widest first: of two networks one lies in the other or they have nothing in common. */
interface Segment {
  readonly first: string
  readonly last: string
  readonly bans: Ban[]
}

/** Bans of networks, compiled for look-ups: a binary search, then one by one only where networks lie within each other. */
export class BanRanges {
  readonly #ofLength: ReadonlyMap<number, readonly Segment[]>
  /** Before this moment further ones may be in force: the clock was set back. */
  readonly compiledAt: number
  readonly #endsAt: number

  /** Of those in force at this moment (milliseconds since the epoch): a network whose ban is over slows nobody down. */
  constructor(bans: readonly Ban[], now: number) {
    const inForce = bans.filter(({ expiresAt }) => expiresAt > now)
    this.#ofLength = new Map([...Map.groupBy(inForce, ({ network }) => network.first.length)].map(nest))
    this.compiledAt = now
    this.#endsAt = inForce.reduce((end, { expiresAt }) => Math.min(end, expiresAt), Number.POSITIVE_INFINITY)
  }

  /** Whether there are bans in it that are over by now. */
  hasEnded(now: number): boolean {
    return now >= this.#endsAt
  }

  /** The bans of networks that this `addressKey` may be in. */
  at(key: string): readonly Ban[] {
    const segments = this.#ofLength.get(key.length) ?? []
    let [low, high] = [0, segments.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((segments[middle] as Segment).first <= key) low = middle + 1
      else high = middle
    }
    const segment = segments[low - 1]
    return segment !== undefined && key <= segment.last ? segment.bans : []
  }
}

function nest([length, bans]: [number, Ban[]]): [number, Segment[]] {
  const segments: Segment[] = []
  for (const ban of bans.sort((a, b) => compare(a.network, b.network))) {
    const { first, last } = ban.network
    const before = segments.at(-1)
    if (before === undefined || first > before.last) segments.push({ first, last, bans: [ban] })
    else before.bans.push(ban)
  }
  return [length, segments]
}

function compare(a: Network, b: Network): number {
  if (a.first !== b.first) return a.first < b.first ? -1 : 1
  if (a.last === b.last) return 0
  return a.last > b.last ? -1 : 1
}
