/**
 * Where a sign stands next, asked again and again with growing positions: the text is searched once in all, however often one asks. A bare
 * `indexOf` per value would search the rest of the text each time, which is quadratic where the sign is missing.
 */
export class NextIndex {
  readonly #text: string
  readonly #sign: string
  #found = -2

  constructor(text: string, sign: string) {
    this.#text = text
    this.#sign = sign
  }

  /** The first place of the sign at or after `from`, or the text's length. */
  from(from: number): number {
    if (this.#found >= from) return this.#found
    const found = this.#text.indexOf(this.#sign, from)
    this.#found = found < 0 ? this.#text.length : found
    return this.#found
  }
}
