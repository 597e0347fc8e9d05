/** First and last sequence of entries in a row. */
export type SequenceRange = readonly [first: number, last: number]

/** Whose content an erasure or purge removed. Removing a payload removes the person too. */
export interface Removed {
  readonly payloads: readonly SequenceRange[]
  readonly persons: readonly SequenceRange[]
}

/** Ascending sequences as ranges. */
export function toRanges(sequences: readonly number[]): SequenceRange[] {
  const ranges: [number, number][] = []
  for (const sequence of sequences) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === sequence - 1) last[1] = sequence
    else ranges.push([sequence, sequence])
  }
  return ranges
}

/** Reads what a link of the chain says was removed; of anything else than earlier entries it says nothing. */
export function parseRemoved(text: string, sequence: number): Removed {
  try {
    const { payloads, persons } = JSON.parse(text) as Removed
    const areEarlier = (ranges: readonly SequenceRange[]) => ranges.every(([, last]) => last < sequence)
    if (areEarlier(payloads) && areEarlier(persons)) return { payloads, persons }
  } catch {
    // Not written by us: the link's hash is wrong too, and will be named.
  }
  return { payloads: [], persons: [] }
}

/** Sequences, kept as merged ranges: a year of purges is a handful of them. */
export class SequenceSet {
  #ranges: [number, number][] = []

  /** Adds them all; one call for all ranges there are. */
  add(ranges: readonly SequenceRange[]): void {
    const all = [...this.#ranges, ...ranges].sort(([a], [b]) => a - b)
    const merged: [number, number][] = []
    for (const [first, last] of all) {
      const before = merged.at(-1)
      if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
      else merged.push([first, last])
    }
    this.#ranges = merged
  }

  has(sequence: number): boolean {
    let [low, high] = [0, this.#ranges.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const [first, last] = this.#ranges[middle] ?? [0, 0]
      if (sequence < first) high = middle - 1
      else if (sequence > last) low = middle + 1
      else return true
    }
    return false
  }
}
