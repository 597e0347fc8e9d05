import { inspectBody } from './inspect-body.ts'
import { inspectHeaders } from './inspect-headers.ts'
import { parseForm } from './parse/form.ts'
import { PartInspector } from './part-inspector.ts'
import type { RequestParts } from './request-parts.ts'
import { PATH } from './rules/path-rules.ts'
import type { Ruleset } from './ruleset.ts'
import type { Verdict } from './verdict.ts'

/** In the root, where programs keep them; in folders, as a code forge shows them, they may be pages. */
const PROBED_FILE =
  /^\/(?:\.(?:env(?:$|[.\-_~])|(?:git|svn|hg|aws|ssh|kube|docker|vscode|idea)\/|(?:npmrc|pypirc|netrc|pgpass|my\.cnf|git-credentials)$)|wp-config\.(?:php|bak|old|txt))/

const HARMLESS: Verdict = Object.freeze({ score: 0, isAttack: false, matches: [] })

/** Looks for attacks in every value of a request. Pure but for the ruleset's buffers; time grows linearly with the size of the request. */
export function inspectRequest(parts: RequestParts, ruleset: Ruleset): Verdict {
  const inspector = new PartInspector(ruleset, parts)
  const contentType = inspectHeadParts(parts, inspector)
  if (parts.body !== undefined && parts.body.length > 0) inspectBody(parts.body, contentType, inspector)
  return toVerdict(inspector, ruleset)
}

/** The same for all but the body. */
export function inspectHead(parts: RequestParts, ruleset: Ruleset): Verdict {
  const inspector = new PartInspector(ruleset, parts)
  inspectHeadParts(parts, inspector)
  return toVerdict(inspector, ruleset)
}

/** The same for the body alone, once it is there; `contentType` in lower case. */
export function inspectBodyOf(parts: RequestParts, contentType: string, ruleset: Ruleset): Verdict {
  const inspector = new PartInspector(ruleset, parts)
  if (parts.body !== undefined && parts.body.length > 0) inspectBody(parts.body, contentType, inspector)
  return toVerdict(inspector, ruleset)
}

/** Whether the body of this request is not to be looked at, whatever is in it. */
export function isBodyExcluded(parts: RequestParts, ruleset: Ruleset): boolean {
  return ruleset.exclusions.length > 0 && new PartInspector(ruleset, parts).isExcluded('body')
}

function inspectHeadParts(parts: RequestParts, inspector: PartInspector): string {
  const { path, policyPath = path.toLowerCase(), query, headers } = parts
  inspectPath(path, inspector)
  if (PROBED_FILE.test(policyPath)) inspector.report(PATH.probedFile, policyPath)
  if (query !== '') {
    inspector.enter('query')
    parseForm(query, { start: 0, end: query.length }, inspector)
  }
  return inspectHeaders(headers, inspector)
}

function toVerdict({ best, matches }: PartInspector, { threshold }: Ruleset): Verdict {
  return best === 0 ? HARMLESS : { score: best, isAttack: best >= threshold, matches }
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
