import { hasHiddenCharset } from './charset.ts'
import { CUSTOM_BUDGET, MAX_CUSTOM_LENGTH } from './custom-rule.ts'
import type { Inspection, RuleFilter } from './detect/inspection.ts'
import { detectOperatorName, ruleOfKeys } from './detect/query.ts'
import { looksLikeForm, parseForm } from './parse/form.ts'
import { parseJson } from './parse/json.ts'
import type { ValueSink } from './parse/value-sink.ts'
import type { PartKind, RequestParts } from './request-parts.ts'
import type { Rule } from './rule.ts'
import { PROTOCOL } from './rules/request-rules.ts'
import type { CompiledExclusion, Ruleset } from './ruleset.ts'
import type { ValueBounds } from './value-inspector.ts'
import type { Match } from './verdict.ts'

const MAX_NESTING = 3
const NAME_LENGTH = 100
/** An address of the web up to what follows the host, which holds nothing unusual. */
const ADDRESS = /^(?:https?|wss?|android-app):\/\/[^\s<>"'`\\{}|^$;()/?#]{1,300}(?:[/?#]|$)/i
const MAX_MATCHES = 20
const BELOW = /^"\s*:\s*\{\s*"$/

type InspectedRequest = Pick<RequestParts, 'path' | 'policyPath' | 'host'>

/** Takes the values of one request one after the other, remembers where they stand and what the worst of them scored. */
export class PartInspector implements ValueSink, RuleFilter {
  readonly #ruleset: Ruleset
  readonly #exclusions: readonly CompiledExclusion[]
  #part: PartKind = 'path'
  #nesting = 0
  #body: string | undefined
  #bodyUnits: Uint16Array | undefined
  /** Characters that custom rules may still read, all of them together. */
  #customBudget = CUSTOM_BUDGET
  #nameText = ''
  #nameStart = 0
  #nameEnd = 0
  readonly #takeStructure = (text: string, start: number, end: number): boolean => this.#take(text, start, end)
  /** The highest score of a value so far. */
  best = 0
  /** What fired in it, and in all values that reach the threshold. */
  matches: Match[] = []

  constructor(ruleset: Ruleset, request: InspectedRequest) {
    this.#ruleset = ruleset
    this.#exclusions = exclusionsOf(ruleset, request)
    ruleset.inspector.inspection.filter = this
    ruleset.inspector.inspection.clear()
  }

  /** Whether a whole part is excluded on this path, whatever the parameter. */
  isExcluded(part: PartKind): boolean {
    return this.#exclusions.some(
      (entry) => entry.parameter === undefined && entry.rule === undefined && (entry.part ?? part) === part,
    )
  }

  /** The part that the following values belong to. */
  enter(part: PartKind): void {
    this.#part = part
    this.#nameText = ''
    this.#nameStart = 0
    this.#nameEnd = 0
  }

  /** The part that is the body, whose text the following values are pieces of. */
  enterBody(text: string): void {
    this.enter('body')
    this.#body = text
    this.#bodyUnits = this.#ruleset.inspector.prepareBody(text)
  }

  /** The name of the following value, where it is not inspected itself. */
  label(name: string): void {
    this.#nameText = name
    this.#nameStart = 0
    this.#nameEnd = name.length
  }

  /** Notes that a rule fired that looks at more than a value's text. */
  report(rule: Rule, text: string): void {
    const { inspection } = this.#ruleset.inspector
    inspection.begin(text.toLowerCase(), 0, text.length)
    inspection.hit(rule, 0)
    this.#judge()
  }

  /** Asks one detector about one place of a text that is not inspected as a value. */
  probe(text: string, place: number, detector: (inspection: Inspection, place: number) => void): void {
    const { inspection } = this.#ruleset.inspector
    inspection.begin(text.toLowerCase(), 0, text.length)
    detector(inspection, place)
    if (inspection.hits.length > 0) this.#judge()
  }

  partType(contentType: string): void {
    if (hasHiddenCharset(contentType)) this.report(PROTOCOL.hiddenCharset, contentType)
  }

  name(text: string, start: number, end: number, isForm: boolean): void {
    if (mayTellWithOther(text.charCodeAt(start), end - start)) this.#inspectKeys(text, start, end)
    if (this.#nesting === 0 || end - start > 0) {
      this.#nameText = text
      this.#nameStart = start
      this.#nameEnd = end
    }
    if (end - start < 3) return
    this.#inspect(text, { start, end }, { isForm, isName: true })
  }

  /** What two keys of JSON tell together, one the first below the other. Where one is escaped they have no text in common. */
  #inspectKeys(text: string, start: number, end: number): void {
    if (text === this.#nameText && !BELOW.test(text.slice(this.#nameEnd, Math.min(start, this.#nameEnd + 50)))) return
    const above = this.#parameter()
    const key = text.slice(start, end)
    const rule = ruleOfKeys(above.toLowerCase(), key.toLowerCase())
    if (rule !== undefined) this.report(rule, `${above}.${key}`)
  }

  value(text: string, start: number, end: number, isForm: boolean): void {
    if (end - start < 2) return
    this.#inspect(text, { start, end }, { isForm, isName: false })
  }

  #inspect(text: string, bounds: { start: number; end: number }, how: { isForm: boolean; isName: boolean }): void {
    const { inspector } = this.#ruleset
    if (how.isForm) {
      const plain = inspector.decoder.decodeField(text, bounds.start, bounds.end)
      const { isEvasive, units } = inspector.decoder
      this.#inspectPlain(plain, { start: 0, end: plain.length, isEvasive, units }, how.isName)
    } else {
      const { start, end } = bounds
      // Not for unescaped strings and the names of a multipart body's parts, which are texts of their own.
      const isBody = this.#nesting === 0 && this.#part === 'body' && text === this.#body
      this.#inspectPlain(text, { start, end, isBody, units: isBody ? this.#bodyUnits : undefined }, how.isName)
    }
  }

  #inspectPlain(text: string, bounds: ValueBounds, isName: boolean): void {
    const { inspector } = this.#ruleset
    inspector.inspect(text, bounds, isName ? never : this.#takeStructure)
    if (isName && hasOperator(text, bounds)) {
      const name = text.slice(bounds.start, bounds.end).toLowerCase()
      inspector.inspection.begin(name, 0, name.length)
      detectOperatorName(inspector.inspection)
    }
    if (inspector.inspection.hits.length > 0) this.#judge()
    if (this.#ruleset.customRules.length > 0) this.#tryCustomRules(text, bounds)
  }

  /** The first characters of a value, as long as the request has not used up its share of time. */
  #tryCustomRules(text: string, { start, end }: { start: number; end: number }): void {
    const value = text.slice(start, Math.min(end, start + MAX_CUSTOM_LENGTH))
    for (const { rule, part, test } of this.#ruleset.customRules) {
      if (part !== undefined && part !== this.#part) continue
      this.#customBudget -= value.length
      if (this.#customBudget < 0) return
      if (test(value)) this.report(rule, value)
    }
  }

  /** Whether a rule counts for the value at hand; asked only when one fired. */
  accepts(rule: Rule): boolean {
    return (
      this.#ruleset.isActive(rule) && !this.#exclusions.some((entry) => this.#excludes(entry, this.#parameter(), rule))
    )
  }

  #parameter(): string {
    return this.#nameText.slice(this.#nameStart, Math.min(this.#nameEnd, this.#nameStart + NAME_LENGTH))
  }

  /** Keeps what fired in the value if it is the worst so far or an attack. */
  #judge(): void {
    const { inspection } = this.#ruleset.inspector
    const { score } = inspection
    const parameter = this.#parameter()
    const isAttack = score >= this.#ruleset.threshold
    if (isAttack || score > this.best) {
      const matches = inspection.hits.map(({ rule, excerpt }) => ({ rule, part: this.#part, parameter, excerpt }))
      if (this.best < this.#ruleset.threshold) this.matches = matches
      else if (this.matches.length < MAX_MATCHES) this.matches.push(...matches)
      this.best = Math.max(this.best, score)
    }
    inspection.clear()
  }

  #excludes(entry: CompiledExclusion, parameter: string, rule: Rule): boolean {
    if (entry.part !== undefined && entry.part !== this.#part) return false
    if (entry.parameter !== undefined && entry.parameter.toLowerCase() !== parameter.toLowerCase()) return false
    return entry.rule === undefined || entry.rule === rule.id || entry.rule === rule.group
  }

  /** JSON, forms and addresses inside a value are taken apart; their signs are no signs of the value. */
  #take(text: string, start: number, end: number): boolean {
    if (this.#nesting >= MAX_NESTING) return false
    const first = text.charCodeAt(start)
    const isJson = first === 123 || first === 91
    if (!isJson && !isPlainStart(first)) return false
    // Only the value: what looks for a sign in it must not search the body behind it.
    const value = start === 0 && end === text.length ? text : text.slice(start, end)
    const bounds = { start: 0, end: value.length }
    this.#nesting++
    const isTaken = isJson ? parseJson(value, bounds, this) : this.#takeAddress(value) || this.#takeForm(value)
    this.#nesting--
    return isTaken
  }

  #takeAddress(value: string): boolean {
    if (!isSchemeStart(value.charCodeAt(0)) || !ADDRESS.test(value)) return false
    const hash = value.indexOf('#')
    const end = hash < 0 ? value.length : hash
    const question = value.indexOf('?')
    const pathEnd = question < 0 || question > end ? end : question
    this.value(value, 0, pathEnd, false)
    if (pathEnd < end) parseForm(value, { start: pathEnd + 1, end }, this)
    if (end < value.length) this.value(value, end + 1, value.length, false)
    return pathEnd < value.length
  }

  #takeForm(value: string): boolean {
    const bounds = { start: 0, end: value.length }
    if (!looksLikeForm(value, bounds, 2)) return false
    parseForm(value, bounds, this)
    return true
  }
}

/** The first letter of `http`, `ws` and `android-app`. */
function isSchemeStart(code: number): boolean {
  const lower = code | 32
  return lower === 104 || lower === 119 || lower === 97
}

/** Letters and digits: how an address or a name begins. */
function isPlainStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95
}

/** Those for this host and path; most routes have none at all. */
function exclusionsOf({ exclusions }: Ruleset, { path, policyPath = path, host }: InspectedRequest) {
  if (exclusions.length === 0) return exclusions
  return exclusions.filter(
    (entry) =>
      (entry.host === undefined || entry.host === host) &&
      (entry.pattern === undefined || entry.pattern.matches(policyPath)),
  )
}

function never(): boolean {
  return false
}

/** `$…` and `prototype`, by the first character and the length: nearly every name is neither. */
function mayTellWithOther(first: number, length: number): boolean {
  return (first === 36 && length < 20) || ((first | 32) === 112 && length === 9)
}

function hasOperator(text: string, bounds: { start: number; end: number }): boolean {
  for (let at = bounds.start; at < bounds.end; at++) if (text.charCodeAt(at) === 36) return true
  return false
}
