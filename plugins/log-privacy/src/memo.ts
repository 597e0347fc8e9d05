import { LRUCache } from 'lru-cache'

/** Longer texts are computed anew: the memory is bounded in characters too. */
const MAX_LENGTH = 512

/** `compute`, remembering its last `max` results. What no request needs costs no memory. */
export function memoise<T extends object | string>(compute: (text: string) => T, max: number): (text: string) => T {
  let cache: LRUCache<string, T> | undefined
  return (text) => {
    if (text.length > MAX_LENGTH) return compute(text)
    cache ??= new LRUCache({ max })
    const known = cache.get(text)
    if (known !== undefined) return known
    const own = copy(text)
    const made = compute(own)
    cache.set(own, made)
    return made
  }
}

/** A path is a slice of its request target, and V8 keeps the whole target in memory as long as the slice. */
function copy(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string
}
