import type { ListenAddress } from '@drawbridge/config'

/** `host:port`, an IPv6 address in brackets. */
export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
