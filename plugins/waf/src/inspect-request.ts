import { inspectBody } from './inspect-body.ts'
import { inspectHeaders } from './inspect-headers.ts'
import { parseForm } from './parse/form.ts'
import { PartInspector } from './part-inspector.ts'
import type { RequestParts } from './request-parts.ts'
import type { Ruleset } from './ruleset.ts'
import type { Verdict } from './verdict.ts'

const HARMLESS: Verdict = Object.freeze({ score: 0, isAttack: false, matches: [] })

/** Looks for attacks in every value of a request. Pure but for the ruleset's buffers; time grows linearly with the size of the request. */
export function inspectRequest(parts: RequestParts, ruleset: Ruleset): Verdict {
  const inspector = new PartInspector(ruleset, parts.policyPath ?? parts.path)
  inspectPath(parts.path, inspector)
  if (parts.query !== '') {
    inspector.enter('query')
    parseForm(parts.query, { start: 0, end: parts.query.length }, inspector)
  }
  const contentType = inspectHeaders(parts.headers, inspector)
  if (parts.body !== undefined && parts.body.length > 0) inspectBody(parts.body, contentType, inspector)
  if (inspector.best === 0) return HARMLESS
  return { score: inspector.best, isAttack: inspector.best >= ruleset.threshold, matches: inspector.matches }
}

/** The path as a whole, and each segment that may be coded as a value of its own. */
function inspectPath(path: string, inspector: PartInspector): void {
  if (path.length < 2) return
  inspector.enter('path')
  inspector.value(path, 0, path.length, false)
  for (let start = 1; start < path.length; ) {
    const slash = path.indexOf('/', start)
    const end = slash < 0 ? path.length : slash
    if (end - start >= 12 && (start > 1 || end < path.length || path.length > 12))
      inspector.value(path, start, end, false)
    start = end + 1
  }
}
