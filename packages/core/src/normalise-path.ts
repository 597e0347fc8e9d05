const SLASH = 47
const DOT = 46
const PERCENT = 37

/**
 * The path that policy is decided on, from a request target: percent-decoded once, `//` merged, `;params` stripped, dot
 * segments resolved, backslashes and full-width forms counted as what backends may take them for. The backend still gets the original bytes.
 *
 * `undefined` when the target must be refused with 400: no leading slash, a fragment, dot segments that leave the root, are
 * encoded or carry `;params` (some backends resolve those, some do not), `%` or UTF-8 that does not decode, control characters, doubly encoded plain characters.
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

function normaliseSlowly(raw: string): string | undefined {
  if (raw.includes('#') || hasUnsafeCharacter(raw)) return undefined
  const kept: string[] = []
  let isDirectory = false
  for (const segment of raw.slice(1).split(/\/|\\|%2f|%5c|%ef%bc%8f|%ef%bc%bc/i)) {
    const decoded = decodeSegment(segment)
    if (decoded === undefined) return undefined
    isDirectory = decoded === '' || decoded === '.' || decoded === '..'
    if (decoded === '..' && kept.pop() === undefined) return undefined
    if (!isDirectory) kept.push(decoded)
  }
  return `/${kept.join('/')}${isDirectory && kept.length > 0 ? '/' : ''}`
}

/** One segment decoded, without its `;params`. `undefined` when it is not decodable or hides a dot segment. */
function decodeSegment(segment: string): string | undefined {
  const bare = segment.includes(';') ? segment.slice(0, segment.indexOf(';')) : segment
  if (bare !== segment && isDotSegment(bare)) return undefined
  if (!bare.includes('%')) return bare
  let decoded: string
  try {
    decoded = decodeURIComponent(bare).replaceAll('\uff0e', '.')
  } catch {
    return undefined
  }
  if (hasUnsafeCharacter(decoded, 0x7f) || isDotSegment(decoded) || hidesPlainCharacter(decoded)) return undefined
  return decoded.replaceAll(';', '%3b')
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
    if (code < 32 || code === 127) return true
    if (Number.isNaN(highest) && (code > 126 || code === 32)) return true
  }
  return false
}
