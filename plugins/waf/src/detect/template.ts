import { TEMPLATE } from '../rules/template-rules.ts'
import type { Inspection } from './inspection.ts'

const WINDOW = 80
/** `{% if is_state('x', 'on') %}`: asks a function about constants. */
const CONDITION = /^\s*if\s+(?:not\s+)?\w+\((?:'[^'%{]{0,40}'[,\s]*){1,3}\)/
/** A call whose arguments are constants, as templates of home automation and of mails hold it too. */
const CALL = /^\s*\w+(?:\.\w+)*\(['"\d)]/

/** `${`, `#{`, `%{`, `*{`: an expression? */
export function detectDollarBrace(inspection: Inspection, place: number): void {
  if (inspection.code(place + 2) === 36 && inspection.code(place + 3) === 123) return
  const isInner = inspection.code(place - 1) === 123 && inspection.code(place - 2) === 36
  const rest = inspection.text.slice(place + 2, Math.min(inspection.end, place + 2 + WINDOW))
  if (/^[\s$@{]{0,6}(?:jndi|::-|script:\w+:|dns:address|url:utf)/.test(rest)) inspection.hit(TEMPLATE.lookup, place)
  else if (
    /^[^}]{0,24}\$\{[^}]{0,20}:/.test(rest) ||
    (isInner && /^[^}]{0,20}:/.test(rest)) ||
    /^(?:lower|upper|env|sys|date|k8s|ctx|bundle|main|java|docker|base64|what)[^}]{0,16}:[^}]{0,20}\}?\$?\{/.test(rest)
  ) {
    inspection.hit(TEMPLATE.nestedLookup, place)
  } else if (/^(?:lower|upper|env:\w+:-\w\}|sys:|date:')/.test(rest)) inspection.hit(TEMPLATE.nestedLookup, place)
  else if (isExpression(rest) || CALL.test(rest)) inspection.hit(TEMPLATE.expression, place)
}

/** `{{`, `{%`, `{$`, `{#`. */
export function detectBraces(inspection: Inspection, place: number): void {
  const next = inspection.code(place + 1)
  if (inspection.code(place + 2) === 123) return
  const rest = inspection.text.slice(place + 2, Math.min(inspection.end, place + 2 + WINDOW))
  if (next === 123 && isExpression(rest)) inspection.hit(TEMPLATE.expression, place)
  else if (next === 123 && CALL.test(rest)) inspection.hit(TEMPLATE.call, place)
  else if (next === 123 && /^[#~]?\s*(?:with|each)\s+["'(]/.test(rest)) inspection.hit(TEMPLATE.directive, place)
  else if (
    next === 37 &&
    /^\s*(?:import|set|for|if|debug|include|extends|from|raw|macro)\b[^%]{0,60}[%(.[]/.test(rest) &&
    !CONDITION.test(rest)
  )
    inspection.hit(TEMPLATE.directive, place)
  else if (next === 36 && /^(?:smarty|\w+\s*=\s*[^}]*\(|\w+\()/.test(rest)) inspection.hit(TEMPLATE.directive, place)
}

/** A sum of constants, a call, a repeated string, an attribute of the engine. */
function isExpression(rest: string): boolean {
  if (/^[\s=@'"]*\d+\s*[-+*/]\s*['"]?\d+/.test(rest)) return true
  if (
    /^[\s=]*(?:config|self|request|settings|app|_self|cycler|joiner|lipsum|url_for|get_flashed_messages|constructor|dump|system|range|namespace)\b\s*(?:[.}([|'"]|\}\})/.test(
      rest,
    )
  )
    return true
  if (
    /^[^{}]{0,60}(?:__\w+__|\.getclass|\.constructor|\.class\b|runtime|\bexec\b|\beval\b|system\s*\(|process\b|print\s*\(|java\.|\.tou?pp?er|phpinfo)/.test(
      rest,
    )
  )
    return true
  return /^\s*(?:['"][^'"]{0,60}['"]\s*(?:[.*|[]|\?\s*new)|\[\s*[\]'"]|\(\s*\)|@\(|\(?#\w+\s*[=[]|t\(|new\s+\w+|\w+\s*\|\s*(?:filter|map|join|e\b|safe|attr))/.test(
    rest,
  )
}

/** `<!--#`, `<%`, `<#`, `<?`: directives in markup. */
export function detectDirective(inspection: Inspection, place: number): void {
  const rest = inspection.text.slice(place + 1, Math.min(inspection.end, place + 1 + WINDOW))
  if (/^!--\s*#\s*(?:exec|include|echo|printenv|config|set|if|fsize|flastmod)/.test(rest))
    inspection.hit(TEMPLATE.directive, place)
  else if (/^%\s*=|^%[@\s]*(?:import|page|eval|require|system|exec|response|request|out|runtime|\w+\()/.test(rest))
    inspection.hit(TEMPLATE.directive, place)
  else if (/^#(?:assign|list|if|include|import|setting|--)/.test(rest)) inspection.hit(TEMPLATE.directive, place)
}
