import { NextIndex } from './parse/next-index.ts'
import type { PartInspector } from './part-inspector.ts'
import { HEADER } from './rules/request-rules.ts'

/** Fields that the protocol itself gives a fixed form, checked elsewhere, and credentials, which are random. */
const SKIPPED = new Set(
  'host connection content-length transfer-encoding accept accept-encoding accept-language upgrade te trailer keep-alive cache-control pragma dnt priority upgrade-insecure-requests sec-fetch-site sec-fetch-mode sec-fetch-dest sec-fetch-user sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-websocket-key sec-websocket-version sec-websocket-extensions if-modified-since date range'.split(
    ' ',
  ),
)
/** Tools that look for holes and say so (names as they stand in their user agents). */
const SCANNERS =
  /\b(?:sqlmap|nikto|nessus|openvas|acunetix|netsparker|w3af|wpscan|dirbuster|gobuster|feroxbuster|nuclei|fuzz faster u fool|masscan|zgrab|nmap scripting|havij|arachni|whatweb|jorgee|zmeu|morfeus|skipfish|vega\/|grendel-scan|wfuzz|ffuf|sqlninja|commix|burpcollaborator|xsser|joomscan|absinthe|bsqlbf|paros|webinspect|interact\.sh|oast\.)/i

/** Inspects every header field and every single cookie; answers the content type in lower case, '' for none. */
export function inspectHeaders(headers: readonly string[], inspector: PartInspector): string {
  let contentType = ''
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] ?? '').toLowerCase()
    const value = headers[index + 1] ?? ''
    if (name === 'content-type') contentType = value.toLowerCase()
    if (SKIPPED.has(name)) continue
    if (name === 'cookie') inspectCookies(value, inspector)
    else {
      inspector.enter('header')
      inspector.label(name)
      inspector.value(value, 0, value.length, false)
      if (name === 'user-agent') inspectUserAgent(value, inspector)
      else if (name === 'content-type') inspector.partType(value)
    }
  }
  return contentType
}

function inspectUserAgent(value: string, inspector: PartInspector): void {
  if (SCANNERS.test(value)) inspector.report(HEADER.scanner, value)
}

/** `a=b; c=d` (RFC 6265, 4.2.1), single values percent-decoded by the layers. */
function inspectCookies(value: string, inspector: PartInspector): void {
  inspector.enter('cookie')
  const equals = new NextIndex(value, '=')
  for (let at = 0; at < value.length; ) {
    while (value.charCodeAt(at) === 32) at++
    const semicolon = value.indexOf(';', at)
    const end = semicolon < 0 ? value.length : semicolon
    const equal = equals.from(at)
    if (equal < end) {
      inspector.name(value, at, equal, false)
      inspector.value(value, equal + 1, end, false)
    } else inspector.value(value, at, end, false)
    at = end + 1
  }
}
