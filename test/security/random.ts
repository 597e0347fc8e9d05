/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to below `below`. */
  int(below: number): number
  pick<T>(list: readonly T[]): T
}

/** Makes a generator (mulberry32); the seed is 32 bits. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const int = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
  return {
    int,
    pick<T>(list: readonly T[]): T {
      return list[int(list.length)] as T
    },
  }
}
