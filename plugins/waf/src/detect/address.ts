import { ADDRESS } from '../rules/request-rules.ts'
import { wordNumbers } from '../scan/lexicon.ts'
import type { Inspection } from './inspection.ts'

const ODD_SCHEMES = wordNumbers(
  'file gopher dict phar expect glob jar ldap ldaps netdoc ogg zlib zip rmi iiop tftp ssh2 php',
)

/** A word that may be the scheme of an address. */
export function detectAddress(inspection: Inspection, place: number, found: { behind: number; word: number }): void {
  if (inspection.code(found.behind) !== 58) return
  const rest = inspection.text.slice(found.behind, Math.min(inspection.end, found.behind + 64))
  if (ODD_SCHEMES.has(found.word)) {
    if (rest.startsWith('://') && !isFollowedByWindowsPath(rest)) inspection.hit(ADDRESS.scheme, place)
    else if (
      /^:\/(?:etc|proc|\$)/.test(rest) ||
      (inspection.text.startsWith('jar', place) && /^:(?:http|file)/.test(rest))
    )
      inspection.hit(ADDRESS.scheme, place)
    return
  }
  if (
    /^:\/\/(?:169\.254\.(?:169\.254|170\.2)\b|metadata\.google|0x?a9fe?a9fe|\[?::ffff:(?:a9fe|169\.254\.)|\[fd00:ec2::|100\.100\.100\.200)/.test(
      rest,
    )
  )
    inspection.hit(ADDRESS.localAddress, place)
  else if (ODD_HOST.test(rest)) inspection.hit(ADDRESS.localAddress, place)
  else if (
    /^:\/\/(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\]|0x7f|2130706433|017700000001):(?:22|25|6379|11211|3306|5432|9200|2375)\b/.test(
      rest,
    )
  )
    inspection.hit(ADDRESS.localAddress, place)
}

/** Spellings of addresses that nobody needs for an honest one: one number, octal, hexadecimal or short forms of the machine itself. */
const ODD_HOST =
  /^:\/\/(?:\d{8,10}|0x[\da-f]{8}|0x7f(?:\.\w+){1,3}|0177(?:\.\d+){1,3}|127(?:\.\d+){1,2}|0|\[(?:0:){5}ffff:[\d.]+\]|\[::ffff:(?:127\.|7f)[\w.:]*\])(?:[:/?#]|$)/

/** `file:///C:/Users/x`: what browsers send as the page somebody came from. */
function isFollowedByWindowsPath(rest: string): boolean {
  return /^:\/\/\/[a-z]:\/(?!windows|winnt|boot)/.test(rest)
}
