import { createBase64Decoder } from './decode/base64.ts'
import { toJoinedView } from './decode/joined-view.ts'
import { LayerDecoder } from './decode/layer.ts'
import { toPathView } from './decode/path-view.ts'
import { detectAnchors } from './detect/detect.ts'
import { Inspection } from './detect/inspection.ts'
import { CHAR } from './scan/char-classes.ts'
import { CodeUnits } from './scan/code-units.ts'
import { CODED } from './scan/scanner.ts'

const MAX_LAYERS = 5
/** How much of a value is looked at in the odd readings, which cost more. */
const VIEW_LENGTH = 2000
const ANY_CODE = CODED.percent | CODED.entity | CODED.backslash | CODED.foreign
const ODD = CODED.oddPercent | CODED.undecodable | CODED.split
const BASE64_SIGNS = CHAR.base64 | CHAR.sign | CHAR.space

/** Where a value stands in its text, and what is known of that text. */
export interface ValueBounds {
  readonly start: number
  readonly end: number
  readonly isEvasive?: boolean
  /** Whether the text is the body that was made ready. */
  readonly isBody?: boolean
  /** The code units of the text, where there are any already. */
  readonly units?: Uint16Array | undefined
}

/** Looks for structure in a decoded text (JSON, an address, a form) and takes it over; true where it did. */
export type StructureTaker = (text: string, start: number, end: number) => boolean

/** Inspects one value in all the ways it may be coded; the hits gather in `inspection.hits`. */
export class ValueInspector {
  readonly inspection = new Inspection()
  readonly decoder = new LayerDecoder()
  readonly #base64 = createBase64Decoder()
  readonly #bodyUnits = new CodeUnits()
  #body = ''
  /** Made once for all its values, when the first of them is worth a look. */
  #lowerBody = ''

  /** Makes a body ready, whose many values are inspected next. Answers its code units. */
  prepareBody(text: string): Uint16Array {
    this.#body = text
    this.#lowerBody = ''
    return this.#bodyUnits.copy(text, 0, text.length)
  }

  /**
   * Inspects `text` from `start` to `end`, layer by layer, until nothing is coded any more. `takeStructure` is asked for each layer that is
   * worth a look at all.
   */
  inspect(text: string, bounds: ValueBounds, takeStructure: StructureTaker): void {
    const { scanner } = this.inspection
    let current = text
    let { start, end } = bounds
    let isEvasive = bounds.isEvasive ?? false
    for (let layer = 0; layer <= MAX_LAYERS; layer++) {
      scanner.scan(current, start, end, layer === 0 ? bounds.units : undefined)
      this.decoder.isEvasive = false
      const next = this.#next(current, start, end)
      const isNextEvasive = isEvasive || this.decoder.isEvasive
      if (scanner.count > 0 || (scanner.coded & ODD) !== 0 || isJavaObject(current, start)) {
        const { runs } = scanner
        if (takeStructure(current, start, end)) return
        // What looked like JSON at first was taken apart with the same scanner.
        if (scanner.runs !== runs) scanner.scan(current, start, end)
        const isBody = layer === 0 && bounds.isBody === true
        this.#detect(isBody ? this.#lowerPart(start, end) : lowerCase(cut(current, start, end)), { start, isEvasive })
      }
      if (next === undefined || next === current) return
      current = next
      isEvasive = isNextEvasive
      start = 0
      end = next.length
    }
  }

  /** The same value with one layer of coding less, `undefined` if it is not coded. */
  #next(text: string, start: number, end: number): string | undefined {
    const { coded, signs } = this.inspection.scanner
    if ((coded & ANY_CODE) !== 0)
      return this.decoder.decode(text, { start, end, plusIsBlank: (signs & CHAR.space) === 0 })
    if ((signs & ~BASE64_SIGNS) !== 0 || end - start < 8) return undefined
    const decoded = this.#base64(text, start, end)
    return decoded === '' ? undefined : decoded
  }

  #lowerPart(start: number, end: number): string {
    if (this.#lowerBody === '') this.#lowerBody = lowerCase(this.#body)
    return cut(this.#lowerBody, start, end)
  }

  /** `lower` is the value alone, `start` where it stood in the text that was scanned. */
  #detect(lower: string, { start, isEvasive }: { start: number; isEvasive: boolean }): void {
    const { inspection } = this
    const { coded } = inspection.scanner
    const isOdd = (coded & (CODED.oddPercent | CODED.undecodable)) !== 0
    const isSplit = (coded & CODED.split) !== 0
    inspection.scanner.rebase(start)
    inspection.begin(lower, 0, lower.length)
    inspection.isEvasive = isEvasive
    detectAnchors(inspection)
    if (isSplit) this.#detectView(toJoinedView(lower.slice(0, VIEW_LENGTH)))
    if (isOdd) this.#detectView(toPathView(lower.slice(0, VIEW_LENGTH)))
  }

  #detectView(view: string): void {
    if (view === '') return
    this.inspection.scanner.scan(view, 0, view.length)
    this.inspection.begin(view, 0, view.length)
    detectAnchors(this.inspection)
  }
}

/** Base64 of a serialised Java object: no text, so nothing else would look at it. */
function isJavaObject(text: string, start: number): boolean {
  return text.charCodeAt(start) === 114 && text.startsWith('rO0AB', start)
}

function cut(text: string, start: number, end: number): string {
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** Lower case without a change of length, which a few letters (İ) would bring. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase()
  return lower.length === text.length ? lower : text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
