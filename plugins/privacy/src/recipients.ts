import type { LiveRoute } from '@drawbridge/plugin-kit'
import type { PrivacyOptions } from './options.ts'

const MAX_DEPTH = 6
const STDOUT = 'whoever collects the standard output of the gateway'

/** Who gets data of a route: those that the operator names, the hosts of all webhooks, and who reads standard output where log lines go there. Never a whole URL: it may hold a token. */
export function recipientsOf(route: LiveRoute, { recipients }: Pick<PrivacyOptions, 'recipients'>): readonly string[] {
  const hosts = new Set<string>()
  for (const [key, options] of Object.entries(route.options)) collectHosts(options, key.includes('webhook'), hosts)
  const collects = Object.values(route.options).some(({ stdout }) => typeof stdout === 'string')
  return [...recipients, ...[...hosts].sort().map((host) => `${host} (webhook)`), ...(collects ? [STDOUT] : [])]
}

function collectHosts(value: unknown, isWebhook: boolean, hosts: Set<string>, depth = 0): void {
  if (depth > MAX_DEPTH) return
  if (typeof value === 'string') {
    if (isWebhook && /^https?:\/\//i.test(value) && URL.canParse(value)) hosts.add(new URL(value).hostname)
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value))
    collectHosts(inner, isWebhook || key.includes('webhook'), hosts, depth + 1)
}
