const SLASH = 47
const DOT = 46
const PERCENT = 37

/** What is a slash to some backends: to policy it always is one. */
const HIDDEN_SEPARATOR = /\\|%2f|%5c|%ef%bc%8f|%ef%bc%bc/i

/**
 * The path that policy is decided on, from a request target: percent-decoded once, `//` merged, `;params` stripped, dot
 * segments resolved, backslashes and full-width forms counted as what backends may take them for. The backend still gets the original bytes.
 *
 * `undefined` when the target must be refused with 400: no leading slash, a fragment, dot segments that leave the root, are
 * encoded or carry `;params` (some backends resolve those, some do not) or take away something that is not one segment to every
 * backend (of `//`, with an encoded slash), `%` or UTF-8 that does not decode, control characters, doubly encoded plain characters.
 */
export function normalisePath(target: string): string | undefined {
  if (target.charCodeAt(0) !== SLASH) return undefined
  const query = target.indexOf('?')
  const raw = query === -1 ? target : target.slice(0, query)
  return isPlain(raw) ? raw : normaliseSlowly(raw)
}

/** True for a path that is its own normal form, which almost every path is. One pass, no allocation. */
function isPlain(path: string): boolean {
  let previous = 0
  for (let i = 0; i < path.length; i += 1) {
    const code = path.charCodeAt(i)
    if (code === PERCENT || code === 59 || code === 92 || code === 35 || code <= 32 || code >= 127) return false
    if (previous === SLASH && (code === SLASH || code === DOT)) return false
    previous = code
  }
  return true
}

/** What stands between two slashes. */
interface Segment {
  readonly parts: readonly string[]
  /** False for what is no segment, or several, to some backends. */
  readonly isOneToAll: boolean
}

function normaliseSlowly(raw: string): string | undefined {
  if (raw.includes('#') || hasUnsafeCharacter(raw)) return undefined
  const kept: Segment[] = []
  let isDirectory = false
  for (const text of raw.slice(1).split('/')) {
    isDirectory = text === '.' || text === '..'
    // What a dot segment takes away must be the same to all: `/admin//../users` is /users to some and /admin/users to others.
    if (text === '..' && kept.pop()?.isOneToAll !== true) return undefined
    if (isDirectory) continue
    const parts = readSegment(text)
    if (parts === undefined) return undefined
    const [first] = parts
    kept.push({ parts, isOneToAll: parts.length === 1 && first !== '' && !HIDDEN_SEPARATOR.test(text) })
    isDirectory = parts.at(-1) === '' || parts.at(-1) === '.'
  }
  const parts = kept.flatMap((segment) => segment.parts).filter((part) => part !== '' && part !== '.')
  return `/${parts.join('/')}${isDirectory && parts.length > 0 ? '/' : ''}`
}

/** The parts, decoded, of what stands between two slashes, without its `;params`. `undefined` when it is not decodable or hides a dot segment. */
function readSegment(segment: string): readonly string[] | undefined {
  const end = segment.indexOf(';')
  const bare = end === -1 ? segment : segment.slice(0, end)
  if (end !== -1 && (isDotSegment(bare) || hidesInParameters(segment.slice(end)))) return undefined
  const decoded: string[] = []
  for (const part of bare.split(HIDDEN_SEPARATOR)) {
    const text = decodePart(part)
    if (text === undefined || text === '..') return undefined
    decoded.push(text)
  }
  return decoded
}

/**
 * Backends that know no parameters take them for part of the path, so that they must be decodable and without dot segments as well. A
 * raw backslash ends them in backends that follow the WHATWG URL standard, and in no other.
 */
function hidesInParameters(parameters: string): boolean {
  const text = parameters.includes('\\') ? undefined : decode(parameters)
  return text === undefined || text.split(/[;/\\\uff0f\uff3c]/).some(isDotSegment)
}

function decodePart(part: string): string | undefined {
  if (!part.includes('%')) return part
  const decoded = decode(part)
  if (decoded === undefined || isDotSegment(decoded) || hidesPlainCharacter(decoded)) return undefined
  return decoded.replaceAll(';', '%3b')
}

function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text).replaceAll('\uff0e', '.')
    return hasUnsafeCharacter(decoded, 0x7f) ? undefined : decoded
  } catch {
    return undefined
  }
}

function isDotSegment(text: string): boolean {
  const bare = text.split(';', 1)[0]
  return bare === '.' || bare === '..'
}

/** `%2561` would become an `a` in a backend that decodes twice: nobody writes that by accident. */
function hidesPlainCharacter(decoded: string): boolean {
  for (const [, hex = ''] of decoded.matchAll(/%([0-9a-f]{2})/gi)) {
    const code = Number.parseInt(hex, 16)
    if (code < 32 || code === 127 || /[A-Za-z0-9.\\]/.test(String.fromCharCode(code))) return true
  }
  return false
}

/** Control characters, and (in a raw target, `highest` 0x7e) everything that must be percent-encoded. */
function hasUnsafeCharacter(text: string, highest = Number.NaN): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code < 32 || (code >= 127 && code <= 0x9f)) return true
    if (Number.isNaN(highest) && (code > 126 || code === 32)) return true
  }
  return false
}
