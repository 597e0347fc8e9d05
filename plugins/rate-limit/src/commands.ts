import type { Command } from '@drawbridge/plugin-kit'

interface TopClient {
  readonly client: string
  readonly host: string
  readonly rule: string
  readonly refused: number
  readonly bans: number
}

/** Commands of `drawbridge rate-limits`. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'rate-limits top',
    summary: 'show who broke rate limits most often in the last day',
    options: [{ flags: '--limit <count>', summary: 'at most 200' }],
    call: ({ options: { limit } }) => ({
      method: 'GET',
      path:
        typeof limit === 'string' ? `/api/rate-limits/top?limit=${encodeURIComponent(limit)}` : '/api/rate-limits/top',
    }),
    format: (body) => ({
      text: (body as { clients: TopClient[] }).clients.map(describe).join('\n') || 'nobody',
    }),
  },
]

function describe({ client, host, rule, refused, bans }: TopClient): string {
  const banned = bans === 0 ? '' : `, banned ${bans} times`
  return `${client}  ${host}  ${rule}  ${refused} refused${banned}`
}
