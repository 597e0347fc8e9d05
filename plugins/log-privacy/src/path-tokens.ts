/** What stands for a token in a path. */
export const TOKEN = '[TOKEN]'

/** Segments behind which tokens stand: password resets, confirmations, invitations. In lower case, letters only. */
const TOKEN_WORDS = new Set(
  `reset resetpassword passwordreset forgotpassword forgot recover recovery verify verifyemail emailverification verification confirm
   confirmation confirmemail emailconfirmation activate activation accept invite invitation magic magiclink unsubscribe optout token otp
   share apikey secret`.split(/\s+/),
)
/** A token may stand behind an id: `/reset/MQ/5xs-4b0f…`. */
const REACH = 2
const LONGEST_WORD = 24
/** Behind these a digest names content that anyone may see who may see the path. */
const DIGEST_WORDS = new Set(['commit', 'commits', 'blob', 'blobs', 'tree', 'raw', 'objects', 'manifests'])

const UUID = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/gi
const ULID = /^[0-7][\dA-HJKMNP-TV-Z]{25}$/
const HEX = /^[\da-f]+$/i
const EXTENSION = /\.[a-z][a-z\d]{0,7}(?::\d+)*$/i
/** Shorter ones are ids: 24 digits of MongoDB, 20 of a bundler, 12 of Docker. */
const SHORTEST_HEX = 32
const SHORTEST_RANDOM = 20
/** Behind a hash of a file's content comes what kind of file it is. */
const SHORTEST_FILE = 64

/** Replaces segments of a path that are tokens: what stands behind words such as `reset`, and what is long and random. Ids stay. */
export function redactPathTokens(path: string): string {
  const segments = path.split('/')
  let reach = 0
  let isChanged = false
  for (const [index, segment] of segments.entries()) {
    if ((reach > 0 && isLikeToken(segment)) || isRandom(segment, segments[index - 1] ?? '')) {
      segments[index] = TOKEN
      isChanged = true
    }
    reach = isTokenWord(segment) ? REACH : reach - 1
  }
  return isChanged ? segments.join('/') : path
}

function isTokenWord(segment: string): boolean {
  return segment.length <= LONGEST_WORD && TOKEN_WORDS.has(segment.toLowerCase().replace(/[^a-z]/g, ''))
}

/** Behind a word that expects a token: no further word, no file. */
function isLikeToken(segment: string): boolean {
  if (segment.length < 4 || EXTENSION.test(segment) || segment.startsWith('[')) return false
  return (
    /^\d+$/.test(segment) ||
    segment.length >= 24 ||
    (segment.length >= 8 && (/\d/.test(segment) || isMixedCase(segment)))
  )
}

function isMixedCase(segment: string): boolean {
  return /[a-z][A-Z]/.test(segment)
}

/** Long and random, so probably a secret: whoever has the path can use it. */
function isRandom(segment: string, previous: string): boolean {
  if (segment.length < SHORTEST_RANDOM) return false
  const text = segment.replace(UUID, '')
  if (text.length < (EXTENSION.test(segment) ? SHORTEST_FILE : SHORTEST_RANDOM)) return false
  if (HEX.test(text)) return text.length >= SHORTEST_HEX && /[a-f]/i.test(text) && !DIGEST_WORDS.has(previous)
  return !ULID.test(text) && changesLikeRandom(text)
}

/**
 * How often neighbours are of different kinds (small, capital, digit). Of random letters and digits 40 % and more are, of words and dates in
 * a title less than 25 %.
 */
function changesLikeRandom(text: string): boolean {
  let changes = 0
  let counted = 0
  let kinds = 0
  let previous = 0
  for (let i = 0; i < text.length; i += 1) {
    const kind = kindOf(text.charCodeAt(i))
    if (kind === OTHER) return false
    if (kind !== SEPARATOR) {
      counted += 1
      kinds |= kind
      if (previous !== 0 && previous !== kind) changes += 1
      previous = kind
    }
  }
  const share = changes / counted
  if (kinds === (SMALL | CAPITAL | DIGIT)) return share >= 0.38
  return counted >= 24 && share >= (kinds === (SMALL | CAPITAL) ? 0.38 : 0.28)
}

const SMALL = 1
const CAPITAL = 2
const DIGIT = 4
const SEPARATOR = 8
const OTHER = 0

function kindOf(code: number): number {
  if (code >= 97 && code <= 122) return SMALL
  if (code >= 65 && code <= 90) return CAPITAL
  if (code >= 48 && code <= 57) return DIGIT
  // Of base64 and base64url, with the dots of signed values.
  return code === 45 || code === 95 || code === 46 || code === 61 || code === 43 || code === 126 ? SEPARATOR : OTHER
}
