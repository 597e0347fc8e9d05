import { isIPv6 } from 'node:net'

/** Four numbers, perhaps a fifth (`address.port`), that are no part of a longer chain such as an OID. Bounded, so linear. */
const V4 = /(?:(?<=%[\da-f]{2})|(?<!\d|\d\.))(\d{1,3}(?:\.\d{1,3}){3})(\.\d{1,5})?(?!\d|\.\d)/gi
const V4_TAIL = /(?:\.\d{1,3}){3}(?!\d|\.\d)/y
const COLON = 58

/** How addresses in text are treated. */
export interface AddressTextOptions {
  readonly render: (address: string) => string
  /** `Chrome/120.0.0.0` is a version, not an address. */
  readonly keepsVersions: boolean
}

/**
 * Replaces every IPv4 and IPv6 address in a text; loopback and unspecified ones stay: they are nobody's. One pass over its colons and one
 * over its digits.
 */
export function maskAddressesIn(text: string, options: AddressTextOptions): string {
  return text.includes('.') || text.includes(':') ? maskV4In(maskV6In(text, options), options) : text
}

function maskV6In(text: string, { render }: AddressTextOptions): string {
  let done = ''
  let copied = 0
  let end = 0
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', end)) {
    const start = startOfGroup(text, colon, end)
    end = endOfGroups(text, colon)
    if (end - start < 3) continue
    const found = findV6(text, start, end)
    if (found === undefined) continue
    const masked = found.isAddress ? render(text.slice(found.start, found.end)) : '[address]'
    done += text.slice(copied, found.start) + masked
    copied = found.end
    end = Math.max(end, found.end)
  }
  return copied === 0 ? text : done + text.slice(copied)
}

interface Span {
  readonly start: number
  readonly end: number
  /** False for what is too much like an address to be shown, but is none. */
  readonly isAddress: boolean
}

/** An address in a run of hex digits and colons. */
function findV6(text: string, runStart: number, runEnd: number): Span | undefined {
  let start = runStart
  let end = runEnd
  // `client:2001:db8::1` and `2001:db8::1: refused`.
  if (text.charCodeAt(start) === COLON && text.charCodeAt(start + 1) !== COLON) start += 1
  if (text.charCodeAt(end - 1) === COLON && text.charCodeAt(end - 2) !== COLON) end -= 1
  const groups = countGroups(text, start, end)
  if (groups < 3 || isInsideWord(text, start, end)) return undefined
  V4_TAIL.lastIndex = end
  const candidateEnd = V4_TAIL.test(text) ? V4_TAIL.lastIndex : end
  const candidate = text.slice(start, candidateEnd)
  if (isIPv6(candidate)) return isNobodys(candidate) ? undefined : { start, end: candidateEnd, isAddress: true }
  const isLikely = candidate.includes('::') || groups === 8 || groups === 9
  return isLikely && /[\da-f]/i.test(candidate) ? { start, end, isAddress: false } : undefined
}

function countGroups(text: string, start: number, end: number): number {
  let groups = 1
  for (let i = start; i < end; i += 1) if (text.charCodeAt(i) === COLON) groups += 1
  return groups
}

/** `Foo::Bar` is no address; `\n2001:db8::1` in escaped text is one behind a line end. */
function isInsideWord(text: string, start: number, end: number): boolean {
  const isLetterBefore = /[a-z_]/i.test(text.charAt(start - 1)) && text.charAt(start - 2) !== '\\'
  return isLetterBefore || /[g-z_]/i.test(text.charAt(end))
}

function isNobodys(address: string): boolean {
  return address === '::' || address === '::1' || /^(?:0{1,4}:){7}0{0,3}[01]$/.test(address)
}

function maskV4In(text: string, { render, keepsVersions }: AddressTextOptions): string {
  return text.replace(V4, (whole: string, address: string, port: string | undefined, offset: number) => {
    if (!isV4(address) || address.startsWith('127.') || address === '0.0.0.0') return whole
    if (isVersion(text, offset) || (keepsVersions && isProductVersion(text, offset, port))) return whole
    return render(withoutLeadingZeros(address)) + (port ?? '')
  })
}

function isV4(address: string): boolean {
  return address.split('.').every((octet) => Number(octet) <= 255)
}

/** `010.0.0.1` is an address to whoever wrote it. */
function withoutLeadingZeros(address: string): string {
  return address.replace(/\b0+(?=\d)/g, '')
}

/** `v1.2.3.4`, `version 1.2.3.4`. */
function isVersion(text: string, offset: number): boolean {
  return /(?:^|[^a-z])v$|version[ :=]{1,2}$/i.test(text.slice(Math.max(0, offset - 9), offset))
}

/** `Chrome/120.0.0.0`, `rv:1.9.2.3`, `UCBrowser8.2.0.132`, `Instagram 194.0.0.36.172`. */
function isProductVersion(text: string, offset: number, fifth: string | undefined): boolean {
  return fifth !== undefined || /[a-z\d]\/$|rv:$|[a-z_]$/i.test(text.slice(Math.max(0, offset - 3), offset))
}

function startOfGroup(text: string, colon: number, from: number): number {
  let start = colon
  while (start > from && isHexDigit(text.charCodeAt(start - 1))) start -= 1
  return start
}

function endOfGroups(text: string, colon: number): number {
  let end = colon + 1
  while (end < text.length && (text.charCodeAt(end) === COLON || isHexDigit(text.charCodeAt(end)))) end += 1
  return end
}

function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70)
}
