import { hexValue } from '../scan/char-classes.ts'
import { type EntityReading, readEntity } from './entities.ts'
import { TextBuilder } from './text-builder.ts'
import { readUtf8, UNDECODABLE, type Utf8Reading } from './utf8.ts'

/**
 * Takes off one layer of coding: percent (with `%u` and lenient UTF-8), character references, `\u` `\x` and octal escapes, full-width forms;
 * characters without width vanish. Anything else stays as it is, so the length never grows.
 */
export class LayerDecoder {
  readonly #out = new TextBuilder()
  readonly #utf8: Utf8Reading = { point: 0, length: 0 }
  readonly #entity: EntityReading = { point: 0, length: 0 }
  /** Whether the text decoded last held overlong UTF-8 or full-width signs in place of ASCII. */
  isEvasive = false
  #text = ''
  #at = 0
  #end = 0
  readonly #byteAt = (index: number): number => percentByte(this.#text, this.#at + index * 3, this.#end)

  /** Decodes `text` from `start` to `end`; `plusIsBlank` for forms and queries. */
  decode(text: string, bounds: { start: number; end: number; plusIsBlank: boolean }): string {
    this.#text = text
    this.#end = bounds.end
    this.isEvasive = false
    this.#out.clear()
    for (this.#at = bounds.start; this.#at < bounds.end; ) this.#one(bounds.plusIsBlank)
    return this.#out.toString()
  }

  /** The code units of what was decoded last, until the next decoding. */
  get units(): Uint16Array {
    return this.#out.units
  }

  /** Percent and plus only: what the format itself asks for. */
  decodeField(text: string, start: number, end: number): string {
    this.#text = text
    this.#end = end
    this.isEvasive = false
    this.#out.clear()
    for (this.#at = start; this.#at < end; ) {
      this.#at = this.#out.pushField(text, this.#at, end)
      if (this.#at === end || this.#percent()) continue
      this.#out.push(37)
      this.#at++
    }
    return this.#out.toString()
  }

  #one(plusIsBlank: boolean): void {
    const code = this.#text.charCodeAt(this.#at)
    if (code === 37 && this.#percent()) return
    if (code === 38 && this.#reference()) return
    if (code === 92 && this.#escape()) return
    if (code >= 0xad) {
      this.#foreign(code)
      return
    }
    this.#out.push(code === 43 && plusIsBlank ? 32 : code)
    this.#at++
  }

  #percent(): boolean {
    const byte = percentByte(this.#text, this.#at, this.#end)
    if (byte >= 0) {
      if (byte < 0x80) {
        this.#out.push(byte)
        this.#at += 3
        return true
      }
      readUtf8(byte, this.#byteAt, this.#utf8)
      if (this.#utf8.point < 0x80) this.isEvasive = true
      this.#point(this.#utf8.point)
      this.#at += this.#utf8.length * 3
      return true
    }
    if ((this.#text.charCodeAt(this.#at + 1) | 32) !== 117) return false
    const point = hexNumber(this.#text, this.#at + 2, Math.min(this.#at + 6, this.#end))
    if (point < 0) return false
    this.#point(point)
    this.#at += 6
    return true
  }

  #reference(): boolean {
    readEntity(this.#text, this.#at, this.#entity)
    if (this.#entity.length === 0 || this.#at + this.#entity.length > this.#end) return false
    this.#point(this.#entity.point)
    this.#at += this.#entity.length
    return true
  }

  #escape(): boolean {
    const kind = this.#text.charCodeAt(this.#at + 1) | 32
    if (kind === 110 || kind === 114 || kind === 116) {
      this.#out.push(kind === 110 ? 10 : kind === 114 ? 13 : 9)
      this.#at += 2
      return true
    }
    const length = kind === 117 ? 4 : kind === 120 ? 2 : 0
    if (length === 0) return false
    const end = this.#at + 2 + length
    if (end > this.#end) return false
    const point = hexNumber(this.#text, this.#at + 2, end)
    if (point < 0) return false
    this.#point(point)
    this.#at = end
    return true
  }

  #foreign(code: number): void {
    this.#point(code)
    this.#at++
  }

  #point(point: number): void {
    const folded = foldPoint(point)
    if (point >= 0x2000 && folded < 0x80 && folded > 32) this.isEvasive = true
    if (folded >= 0) this.#out.pushPoint(folded)
  }
}

/** Full-width letters and signs are ASCII to careless servers, as are some look-alikes of dots and slashes; -1 for no width at all. */
function foldPoint(point: number): number {
  if (point < 0xad) return point
  if (point >= 0xff01 && point <= 0xff5e) return point - 0xfee0
  if (point === 0xad || (point >= 0x200b && point <= 0x200f) || (point >= 0x202a && point <= 0x202e)) return -1
  if ((point >= 0x2060 && point <= 0x2064) || point === 0xfeff) return -1
  if (point === 0x2215 || point === 0x2044 || point === 0xefc8) return 0x2f
  if (point === 0x2216 || point === 0xf025) return 0x5c
  if (point === 0x3000 || (point >= 0x2000 && point <= 0x200a) || point === 0x205f) return 32
  if (point === 0x2024 || point === 0xff0e) return 46
  return point === 0 ? UNDECODABLE : point
}

function percentByte(text: string, at: number, end: number): number {
  if (at + 3 > end || text.charCodeAt(at) !== 37) return -1
  const high = hexValue(text.charCodeAt(at + 1))
  const low = hexValue(text.charCodeAt(at + 2))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexNumber(text: string, start: number, end: number): number {
  let value = end - start < 2 ? -1 : 0
  for (let at = start; at < end && value >= 0; at++) {
    const digit = hexValue(text.charCodeAt(at))
    value = digit < 0 ? -1 : value * 16 + digit
  }
  return value
}
