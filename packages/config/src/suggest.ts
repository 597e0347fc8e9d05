import { closest, distance } from 'fastest-levenshtein'

/**
 * The known word that was probably meant: at most two edits away, or a third of its length. `undefined` when none is
 * near.
 */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64 || known.length === 0) return undefined
  const best = closest(word, known)
  const edits = distance(word, best)
  return edits <= Math.max(2, Math.floor(word.length / 3)) && edits < word.length ? best : undefined
}

/** A "did you mean" sentence, if there is something to suggest. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const best = suggest(word, known)
  return best === undefined ? undefined : `did you mean "${best}"?`
}
