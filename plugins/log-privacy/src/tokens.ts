/** What stands for a secret. */
export const REDACTED = '[REDACTED]'

/** Prefixes under which providers issue their keys. Each repetition ends the pattern, so a pass is linear. */
const PREFIXED =
  /(?:gh[oprsu]_|github_pat_|glpat-|ptl[ac]_|xox[abeoprs]-|xapp-|drawbridge_|npm_|pypi-|dop_v1_|shp(?:at|ss|ca|pa)_|hvs\.|whsec_|(?<![A-Za-z])(?:sk|rk|pk)[-_](?:live_|test_|proj-|ant-)?|(?<![A-Za-z])(?:hf_|SG\.|ya29\.|AIza))[\w.-]{12,}|(?:AKIA|ASIA)[A-Z\d]{16}/g
/** RFC 9110 11.4: a scheme and its credentials. */
const SCHEME = /\b(Bearer|Basic|Digest|Token|Negotiate|NTLM|ApiKey|MediaBrowser)((?:\s|%20){1,4})([\w.~+/=-]+)/gi
const SPOKEN =
  /^(?:tokens?|auth\w*|credentials?|realm|scheme|is|was|not|has|and|or|error|missing|invalid|expired|required)$/i
const PEM_BEGIN = '-----BEGIN '
const PEM_END = '-----END '
const JWT_BEGIN = 'eyJ'
const SHORTEST_JWT = 16

/** Replaces tokens that are known by their look: PEM blocks, JWTs, credentials behind a scheme, keys with a provider's prefix. */
export function redactTokens(text: string): string {
  let redacted = text
  if (redacted.includes(PEM_BEGIN)) redacted = redactPem(redacted)
  if (redacted.includes(JWT_BEGIN)) redacted = redactJwts(redacted)
  return redactPrefixed(redacted.replace(SCHEME, redactCredentials))
}

/** Replaces keys with a provider's prefix. */
export function redactPrefixed(text: string): string {
  return text.replace(PREFIXED, REDACTED)
}

/** Replaces JSON Web Tokens, signed or encrypted: base64url of `{"` and at least one dot. */
export function redactJwts(text: string): string {
  let done = ''
  let copied = 0
  let end = 0
  for (let start = text.indexOf(JWT_BEGIN); start !== -1; start = text.indexOf(JWT_BEGIN, end)) {
    end = endOfToken(text, start)
    const token = text.slice(start, end)
    if (token.length < SHORTEST_JWT || !token.includes('.')) continue
    done += text.slice(copied, start) + REDACTED
    copied = end
  }
  return copied === 0 ? text : done + text.slice(copied)
}

function endOfToken(text: string, start: number): number {
  let end = start
  while (end < text.length && /[\w.-]/.test(text.charAt(end))) end += 1
  return end
}

/** A block without end reaches to the end of the text. Certificates go too: one rule is easier to trust. */
function redactPem(text: string): string {
  let done = ''
  let copied = 0
  for (let start = text.indexOf(PEM_BEGIN); start !== -1; start = text.indexOf(PEM_BEGIN, copied)) {
    const close = text.indexOf(PEM_END, start)
    const last = close === -1 ? -1 : text.indexOf('-----', close + PEM_END.length)
    done += text.slice(copied, start) + REDACTED
    if (last === -1) return done
    copied = last + 5
  }
  return done + text.slice(copied)
}

function redactCredentials(whole: string, scheme: string, blank: string, credentials: string): string {
  if (SPOKEN.test(credentials)) return whole
  // "Basic configuration", "token expired": words, where only Bearer is always followed by a secret.
  if (!/^bearer$/i.test(scheme) && (credentials.length < 6 || /^[A-Z]?[a-z.]+$/.test(credentials))) return whole
  return `${scheme}${blank}${REDACTED}`
}
