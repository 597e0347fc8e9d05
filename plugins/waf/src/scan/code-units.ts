/** How far beyond a value the scanner may look, in both directions. */
export const MARGIN = 4
/** Below this a loop is cheaper than a call into the runtime. */
const SHORT = 40

/**
 * A text's code units in an array, which a loop reads several times as fast as `charCodeAt`. The array serves one text after the other and
 * keeps the size of the largest.
 */
export class CodeUnits {
  #units = new Uint16Array(4096)
  #bytes = Buffer.from(this.#units.buffer)

  /** The array with the units from `start` to `end` at their places in the text, and a few around them; 0 stands beyond the text. */
  copy(text: string, start: number, end: number): Uint16Array {
    this.#reserve(end + MARGIN)
    const from = Math.max(0, start - MARGIN)
    const to = Math.min(text.length, end + MARGIN)
    const units = this.#units
    if (to - from < SHORT) for (let at = from; at < to; at++) units[at] = text.charCodeAt(at)
    else this.#bytes.write(to - from === text.length ? text : text.slice(from, to), from * 2, 'utf16le')
    for (let at = to; at < end + MARGIN; at++) units[at] = 0
    return units
  }

  #reserve(length: number): void {
    if (length <= this.#units.length) return
    this.#units = new Uint16Array(2 ** Math.ceil(Math.log2(length)))
    this.#bytes = Buffer.from(this.#units.buffer)
  }
}
