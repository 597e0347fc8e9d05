import type { Command } from '@drawbridge/plugin-kit'

interface TopClient {
  readonly client: string
  readonly host: string
  readonly rule: string
  readonly refused: number
  readonly bans: number
  readonly mode: 'enforce' | 'observe'
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

function describe({ client, host, rule, refused, bans, mode }: TopClient): string {
  const banned = bans === 0 ? '' : bans === 1 ? ', banned once' : `, banned ${bans} times`
  const what = `${refused} refused${banned}`
  return `${client}  ${host}  ${rule}  ${mode === 'observe' ? `would have been: ${what}` : what}`
}
