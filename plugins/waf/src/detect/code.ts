import { CODE } from '../rules/code-rules.ts'
import { isBlank } from '../scan/char-classes.ts'
import { wordNumbers } from '../scan/lexicon.ts'
import type { Inspection } from './inspection.ts'

const PHP_CALLS = wordNumbers(
  'passthru shell_exec popen proc_open pcntl_exec preg_replace create_function call_user_func call_user_func_array base64_decode phpinfo file_get_contents file_put_contents fopen readfile highlight_file show_source gzinflate gzuncompress str_rot13 php_uname getenv array_map var_dump fputs move_uploaded_file ini_set',
)
const PHP_SHORT = wordNumbers(
  'system exec assert die print_r unlink include include_once require require_once fwrite print',
)
const PHP_GLOBALS = wordNumbers('_get _post _request _cookie _server http_get_vars http_server_vars globals')
const PYTHON = wordNumbers('__import__ __class__ __mro__ __subclasses__ __globals__ __builtins__ __init__')
const JAVA = wordNumbers(
  'runtime processbuilder getruntime scriptengine ognl classloader _memberaccess invokertransformer annotationinvocationhandler nashorn getclass',
)

/** A word of a programming language at `place`. */
export function detectCodeWord(inspection: Inspection, place: number, found: { behind: number; word: number }): void {
  const { word, behind } = found
  const next = inspection.code(behind)
  if (PHP_CALLS.has(word)) {
    if (next === 40 && !isProse(inspection, behind)) inspection.hit(CODE.phpCall, place)
  } else if (PHP_SHORT.has(word)) detectShort(inspection, place, behind)
  else if (PHP_GLOBALS.has(word)) {
    if (inspection.code(place - 1) === 36 && (next === 91 || next === 123)) inspection.hit(CODE.phpVariable, place)
  } else if (PYTHON.has(word)) detectPython(inspection, place, behind)
  else if (JAVA.has(word)) detectJava(inspection, place, behind)
  else detectOther(inspection, place, behind)
}

/** `.__class__.__mro__`, `['__init__']`: on the way to every class; not `def __init__(self)` and `type(x).__class__.__name__`. */
function detectPython(inspection: Inspection, place: number, behind: number): void {
  const next = inspection.code(behind)
  const isCall = next === 40 && !inspection.text.startsWith('__init__', place)
  const isQuoted = (next === 34 || next === 39) && inspection.code(place - 1) === next
  const isMember = inspection.code(place - 1) === 46 || next === 46
  const isOrdinary =
    inspection.text.startsWith('__init__', place) && (next === 40 || inspection.text.startsWith('.py', behind))
  if (isOrdinary || inspection.text.startsWith('.__name__', behind)) return
  if (isCall || isQuoted || isMember || next === 93 || next === 91) inspection.hit(CODE.pythonObject, place)
}

function isProse(inspection: Inspection, bracket: number): boolean {
  return isBlank(inspection.code(bracket + 1)) && inspection.code(bracket + 1) !== 0
}

/** `system('id')`, ``print(`id`)``, `include "http://…"`. */
function detectShort(inspection: Inspection, place: number, behind: number): void {
  const rest = inspection.text.slice(behind, Math.min(inspection.end, behind + 24))
  const isPrint = inspection.text.startsWith('print', place) || inspection.text.startsWith('die', place)
  if (isPrint) {
    if (/^(?:_r)?\(\s*(?:`|md5|system|exec|shell|phpinfo|\d+\s*[*+-]\s*\d+|0x|chr)/.test(rest))
      inspection.hit(CODE.phpCall, place)
    return
  }
  if (/^require/.test(inspection.text.slice(place, place + 7))) {
    if (/^\(\s*['"`](?:child_process|fs|net|os|http|vm)/.test(rest)) inspection.hit(CODE.nodeCall, place)
    return
  }
  if (
    /^\(\s*(?:['"`$]|base64|chr|\w+\s*\))/.test(rest) &&
    !(inspection.code(place - 1) === 46 && !/^\(\s*['"]\w+['"]/.test(rest))
  )
    inspection.hit(CODE.phpCall, place)
  else if (
    /^include/.test(inspection.text.slice(place, place + 7)) &&
    /^\s*['"(]\s*['"]?(?:https?|php|data|\.\.|\/)/.test(rest)
  )
    inspection.hit(CODE.phpCall, place)
}

function detectJava(inspection: Inspection, place: number, behind: number): void {
  const previous = inspection.code(place - 1)
  const next = inspection.code(behind)
  // `runtime.4f2a.js` is a file of many a page.
  if (
    inspection.text.startsWith('runtime', place) &&
    previous !== 46 &&
    !/^\.(?:getruntime|exec)|^\(/.test(inspection.text.slice(behind, behind + 12))
  )
    return
  const isPart = previous === 46 || previous === 35 || previous === 64 || next === 46 || next === 40 || next === 91
  if (isPart && !isBlank(inspection.code(behind + 1))) inspection.hit(CODE.javaClass, place)
}

function detectOther(inspection: Inspection, place: number, behind: number): void {
  const { text } = inspection
  const rest = text.slice(behind, Math.min(inspection.end, behind + 32))
  if (text.startsWith('__proto__', place)) {
    inspection.hit(CODE.prototype, place)
    // As a key or a member: between signs or alone, never beside blanks as in a text about it.
    const isMention = inspection.code(place - 1) === 32 || inspection.code(behind) === 32
    if (!isMention) inspection.hit(CODE.prototypeKey, place)
  } else if (text.startsWith('php', place)) {
    const isSmarty = inspection.code(place - 1) === 123 && inspection.code(behind) === 125
    const isTag = inspection.code(place - 1) === 63 && inspection.code(place - 2) === 60
    if (isTag || isSmarty) inspection.hit(CODE.phpTag, place)
  } else if (text.startsWith('java', place)) {
    if (/^[./](?:lang|io|util|net|nio)[./](?!date|string\b|locale)/.test(rest) || /^x\.(?:naming|script)/.test(rest))
      inspection.hit(CODE.javaClass, place)
  } else if (/^(?:execsync|spawnsync)/.test(text.slice(place, place + 9)) && inspection.code(behind) === 40)
    inspection.hit(CODE.nodeCall, place)
  else if (text.startsWith('child_process', place) || text.startsWith('mainmodule', place))
    inspection.hit(CODE.nodeCall, place)
  else if (text.startsWith('os', place) || text.startsWith('subprocess', place)) {
    const isTagged = text.slice(Math.max(inspection.start, place - 24), place).includes('!!python/')
    if (isTagged || /^\.(?:system|popen|exec\w*|call|check_output|run)\(/.test(rest))
      inspection.hit(CODE.pythonObject, place)
  } else if (text.startsWith('auto_prepend', place) || text.startsWith('allow_url', place)) {
    if (/^\s*=/.test(rest)) inspection.hit(CODE.phpCall, place)
  }
}

/** `a:1:{i:0;O:4:"Evil":…`: an object among the first entries of an array. */
function holdsObject({ text, start, end }: Inspection): boolean {
  return /[;{][oc]:\+?\d+:"[\w\\]/.test(text.slice(start, Math.min(end, start + 400)))
}

/** `<?` and `<!`: PHP tags and document types. */
export function detectMarkupCode(inspection: Inspection, place: number): void {
  const rest = inspection.text.slice(place + 1, Math.min(inspection.end, place + 200))
  if (/^\?(?:php\b|=|\s*(?:system|echo|eval|print|passthru|include)\b)/.test(rest)) inspection.hit(CODE.phpTag, place)
  else if (
    /^!entity\b/.test(rest) ||
    /^!doctype\s[^>]{0,120}(?:\[|system\s|public\s+["'][^"'\-+]["']?[^>]{0,60}["'](?:file|https?|ftp|\/\/))/.test(rest)
  ) {
    if (!/^!doctype\s+html\s+public\s+"-\/\//.test(rest)) inspection.hit(CODE.externalEntity, place)
  } else if (/^(?:xi:include|esi:(?:include|inline|eval)\b|!\[cdata\[<)/.test(rest))
    inspection.hit(CODE.externalEntity, place)
}

/** `O:8:"Name":1:{` at the start of a value; arrays (`a:2:{`) are ordinary cookies. */
export function detectSerialised(inspection: Inspection): void {
  const { text, start } = inspection
  const first = inspection.code(start)
  if (first !== 111 && first !== 99 && first !== 114 && first !== 97) return
  const head = text.slice(start, Math.min(inspection.end, start + 24))
  if (/^[oc]:\+?\d+:"/.test(head) || (/^a:\d+:\{/.test(head) && holdsObject(inspection)))
    inspection.hit(CODE.phpObject, start)
  else if (/^ro0ab[xq3]/.test(head) || head.startsWith('aced0005')) inspection.hit(CODE.javaObject, start)
}
