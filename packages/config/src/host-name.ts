import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

const MAX_NAME_LENGTH = 253
const TOO_LONG = { problem: `a host name has at most ${MAX_NAME_LENGTH} characters` }

/** A normalised host, or what is wrong with it and how to mend it. */
export type HostNameResult =
  | { readonly host: string; readonly problem?: never }
  | { readonly problem: string; readonly hint?: string | undefined }

/**
 * The form in which hosts are compared: lower case, punycode, no trailing dot; IPv6 in brackets as in a `Host` header.
 * `*.example.org` is every name below example.org. Underscores are allowed, because container names have them.
 */
export function parseHostName(text: string): HostNameResult {
  if (text.length > MAX_NAME_LENGTH) return TOO_LONG
  const lower = text.trim().toLowerCase()
  const bare = lower.endsWith('.') ? lower.slice(0, -1) : lower
  const unbracketed = bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1) : bare
  if (isIPv6(unbracketed)) return parseIpv6(unbracketed)
  if (isIPv4(bare)) return { host: bare }
  const hint = hintFor(bare)
  if (hint !== undefined) return { problem: `"${text}" is not a host name`, hint }
  const ascii = isAscii(bare) ? bare : toAscii(bare)
  const labels = (ascii.startsWith('*.') ? ascii.slice(2) : ascii).split('.')
  if (ascii.length > MAX_NAME_LENGTH) return TOO_LONG
  const wrong = labels.find((label) => !LABEL.test(label))
  return wrong === undefined ? { host: ascii } : { problem: `"${text}" is not a host name`, hint: labelHint(wrong) }
}

/** Zone identifiers (`%eth0`) mean something only on one machine, so no client can send them. */
function parseIpv6(address: string): HostNameResult {
  if (address.includes('%')) return { problem: `"${address}" has a zone identifier, which no client sends` }
  return { host: new URL(`http://[${address}]`).hostname }
}

function hintFor(text: string): string | undefined {
  const withoutScheme = text.replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
  const name = withoutScheme.replace(/[/?#].*$/, '').replace(/:\d*$/, '')
  if (text === '*') return 'there is no catch-all route; name the hosts, or a domain as *.example.org'
  if (name === text || name === '') return undefined
  return `write the name alone: "${name}"`
}

function labelHint(label: string): string | undefined {
  if (label === '') return 'there is an empty part between the dots'
  if (label.includes('*')) return 'a * stands only at the beginning, as in *.example.org'
  if (label.length > 63) return 'a part between dots has at most 63 characters'
  return 'letters, digits, - and _ are allowed between the dots'
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

function toAscii(text: string): string {
  return text.startsWith('*.') ? `*.${domainToASCII(text.slice(2))}` : domainToASCII(text)
}
