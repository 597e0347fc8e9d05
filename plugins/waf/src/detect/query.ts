import type { Rule } from '../rule.ts'
import { CODE } from '../rules/code-rules.ts'
import { PROTOCOL, QUERY } from '../rules/request-rules.ts'
import type { Inspection } from './inspection.ts'

const OPERATORS = /\[\$(?:ne|eq|gt|gte|lt|lte|in|nin|regex|exists|where|not|or|and|type|mod|all|size|elemmatch)\]/

/** The name of a field: document stores read `user[$ne]` as an operator. */
export function detectOperatorName(inspection: Inspection): void {
  const { text, start, end } = inspection
  if (end - start > 200) return
  if (OPERATORS.test(text.slice(start, end))) inspection.hit(QUERY.operator, start)
}

/** Without `$ref` and `$type`, which stand in schemas. */
const COMPARISON = /^\$(?:ne|eq|gte?|lte?|n?in|regex|exists|not)$/
const CREDENTIAL = /^(?:pass(?:word|wd|phrase|wort)?|pwd|kennwort|pin|otp|secret)$/

/** What a key tells only together with the one above it, both in lower case: an operator as a password, a way to a prototype. */
export function ruleOfKeys(above: string, key: string): Rule | undefined {
  if (key === 'prototype' && above === 'constructor') return CODE.prototypePath
  return COMPARISON.test(key) && CREDENTIAL.test(above) ? QUERY.credentialOperator : undefined
}

/** `$where`, `objectclass=`, `uid=`: words of query languages. */
export function detectQueryWord(inspection: Inspection, place: number, behind: number): void {
  const previous = inspection.code(place - 1)
  const next = inspection.code(behind)
  if (inspection.text.startsWith('where', place)) {
    if (previous === 36 && (next === 58 || next === 34 || next === 39 || next === 61 || next === 0))
      inspection.hit(QUERY.where, place)
    return
  }
  if (previous === 40 && next === 61) {
    const near = inspection.text.slice(Math.max(inspection.start, place - 4), Math.min(inspection.end, behind + 3))
    if (/[)*(|&!]\(|=\*/.test(near)) inspection.hit(QUERY.directory, place)
  }
}

/** `(|(`, `(&(`, `*)(`, `*))`: filters of directory services. */
export function detectFilter(inspection: Inspection, place: number): void {
  const rest = inspection.text.slice(place, Math.min(inspection.end, place + 40))
  if (
    /^\([|&!]\s*\(\s*[\w%&|!(]{1,16}\s*[=)]/.test(rest) ||
    /^\*\)\s*[|&!(]*\(+\s*[|&!]?\s*\(?\w{1,20}\s*[~<>]?=/.test(rest)
  )
    inspection.hit(QUERY.directory, place)
  else if (/^\*\)\)?(?:%00|\ufffd|\0|\)|&|\()/.test(rest) || /^\*\(\|/.test(rest))
    inspection.hit(QUERY.directory, place)
}

/** A line break before a word that is the name of a header field. */
export function detectHeaderWord(inspection: Inspection, place: number, behind: number): void {
  const previous = inspection.code(place - 1)
  if (previous !== 10 && previous !== 13) return
  if (inspection.text.startsWith('bcc', place)) {
    const head = inspection.text.slice(inspection.start, place).slice(0, 120)
    if (inspection.code(behind) === 58 && /^\S+@\S+[\r\n]+$/.test(head)) inspection.hit(PROTOCOL.headerSplit, place)
    return
  }
  const line = inspection.text.slice(place, Math.min(inspection.end, behind + 24))
  if (/^(?:set-cookie|content-?(?:type|length|location)|location|http-equiv|refresh)\s*:|^http\/1/.test(line))
    inspection.hit(PROTOCOL.headerSplit, place)
}
