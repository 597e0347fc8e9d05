import { isIP } from 'node:net'
import { parseAddressRange } from '@drawbridge/plugin-kit'

/** What is wrong with an entry of `trusted_proxies`; `undefined` when it is an address or a CIDR. */
export function trustProblem(entry: string): string | undefined {
  if (parseAddressRange(entry) !== undefined) return undefined
  const [address = ''] = entry.split('/')
  const version = isIP(address)
  if (version === 0 || address === entry) return `"${entry}" is not an address or a CIDR such as 10.0.0.0/8`
  return `the prefix length of "${entry}" must be between 0 and ${version === 4 ? 32 : 128}`
}

/** True for a CIDR that holds every address, so that any client could choose its own. */
export function trustsEveryone(entry: string): boolean {
  return entry.endsWith('/0')
}
