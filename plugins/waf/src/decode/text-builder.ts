import { MARGIN } from '../scan/code-units.ts'

/** Collects UTF-16 code units and makes a flat string of them: one byte per character where that is enough, which scans faster. */
export class TextBuilder {
  #units = new Uint16Array(4096)
  #bytes = Buffer.allocUnsafe(4096)
  #sum = 0
  /** How many code units were collected. */
  length = 0

  /** What was collected, until the next change; behind it stand some zeros. */
  get units(): Uint16Array {
    while (this.length + MARGIN > this.#units.length) this.#grow()
    return this.#units.fill(0, this.length, this.length + MARGIN)
  }

  /** Forgets what was collected. */
  clear(): void {
    this.length = 0
    this.#sum = 0
  }

  /** Adds one code unit. */
  push(code: number): void {
    if (this.length === this.#units.length) this.#grow()
    this.#units[this.length++] = code
    this.#sum |= code
  }

  /** Adds one code point, as two units above U+FFFF. */
  pushPoint(point: number): void {
    if (point <= 0xffff) return this.push(point)
    this.push(0xd800 + ((point - 0x10000) >> 10))
    this.push(0xdc00 + ((point - 0x10000) & 0x3ff))
  }

  /** Adds the units of a text up to the next `%`, or to `end`, with `+` as a blank. Answers where it stopped. */
  pushField(text: string, start: number, end: number): number {
    while (this.length + end - start > this.#units.length) this.#grow()
    const units = this.#units
    let { length } = this
    let sum = 0
    let at = start
    for (; at < end; at++) {
      const code = text.charCodeAt(at)
      if (code === 37) break
      units[length++] = code === 43 ? 32 : code
      sum |= code
    }
    this.#sum |= sum
    this.length = length
    return at
  }

  /** What was collected. */
  toString(): string {
    const { length } = this
    if (this.#sum > 0xff) return Buffer.from(this.#units.buffer, 0, length * 2).toString('utf16le')
    const units = this.#units
    const bytes = this.#bytes
    for (let index = 0; index < length; index++) bytes[index] = units[index] ?? 0
    return bytes.toString('latin1', 0, length)
  }

  #grow(): void {
    const larger = new Uint16Array(this.#units.length * 2)
    larger.set(this.#units)
    this.#units = larger
    this.#bytes = Buffer.allocUnsafe(larger.length)
  }
}
