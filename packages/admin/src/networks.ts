import { BlockList, isIP } from 'node:net'

/** Addresses and CIDRs as one look-up. Throws an Error naming the entry that is neither. */
export function compileNetworks(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) addNetwork(list, entry)
  return list
}

/** Whether the address, as a socket has it, is in one of the networks. */
export function contains(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

function addNetwork(list: BlockList, entry: string): void {
  const [address = '', bits, ...rest] = entry.split('/')
  const family = isIP(address)
  const maxBits = family === 4 ? 32 : 128
  const prefix = bits === undefined ? maxBits : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
  if (family === 0 || rest.length > 0 || !(prefix <= maxBits))
    throw new Error(`"${entry}" is neither an address nor a CIDR such as 192.0.2.0/24`)
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6')
}
