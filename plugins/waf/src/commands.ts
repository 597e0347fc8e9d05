import type { Command, CommandInput } from '@drawbridge/plugin-kit'

const EVENT_FILTERS = ['since', 'until', 'route', 'rule', 'action', 'client', 'limit'] as const
const REPORT_FILTERS = ['since', 'route', 'action'] as const
const REFUSED = 4

/** `drawbridge waf …`. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'waf test',
    summary: 'Show how the WAF judges a value or a request',
    args: [{ name: '[payload]', summary: 'a value, judged as that of a parameter' }],
    options: [
      { flags: '--host <host>', summary: 'judge as this host’s route does; else by the defaults' },
      { flags: '--path <path>', summary: 'the path as on the wire' },
      { flags: '--query <query>', summary: 'the query as on the wire' },
      { flags: '--body <body>', summary: 'a body' },
      { flags: '--content-type <type>', summary: 'what the body is' },
    ],
    call: toTest,
    format: (body) => formatTest(body as TestBody),
  },
  {
    name: 'waf events',
    summary: 'List what the WAF found, newest first',
    options: [
      { flags: '--since <time>', summary: 'from this time on: 24h (ago), 2026-11-22' },
      { flags: '--until <time>', summary: 'up to this time' },
      { flags: '--route <host>', summary: 'first host name of a route' },
      { flags: '--rule <rule>', summary: 'exactly this rule' },
      { flags: '--action <action>', summary: 'blocked or logged' },
      { flags: '--client <client>', summary: 'masked address or pseudonym' },
      { flags: '--limit <count>', summary: 'how many, at most 200' },
    ],
    call: (input) => ({ method: 'GET', path: `/api/waf/events${toQuery(input, EVENT_FILTERS)}` }),
    format(body) {
      const { events } = body as { events: readonly EventBody[] }
      return { text: events.length === 0 ? 'the WAF found nothing' : events.map(toEventLine).join('\n') }
    },
  },
  {
    name: 'waf report',
    summary: 'Show what the WAF would have blocked, with exclusions to paste',
    options: [
      { flags: '--since <time>', summary: 'from this time on; default 7d (ago)' },
      { flags: '--route <host>', summary: 'first host name of a route' },
      { flags: '--action <action>', summary: 'logged (default) or blocked' },
    ],
    call: (input) => ({ method: 'GET', path: `/api/waf/report${toQuery(input, REPORT_FILTERS)}` }),
    format(body) {
      const { lines } = body as { lines: readonly LineBody[] }
      return { text: lines.length === 0 ? 'the WAF would have blocked nothing' : lines.map(toReportBlock).join('\n\n') }
    },
  },
  {
    name: 'waf rules',
    summary: 'List the rules of the WAF',
    call: () => ({ method: 'GET', path: '/api/waf/rules' }),
    format(body) {
      const { rules } = body as {
        rules: readonly { id: string; group: string; hits_24h: number | null; why: string }[]
      }
      const width = Math.max(...rules.map(({ id }) => id.length))
      const lines = rules.map(({ id, group, hits_24h: hits, why }) =>
        [id.padEnd(width), group.padEnd(19), String(hits ?? '?').padStart(6), why].join('  '),
      )
      return { text: [`${'rule'.padEnd(width)}  ${'group'.padEnd(19)}    24h`, ...lines].join('\n') }
    },
  },
]

interface TestBody {
  readonly verdict: string
  readonly score: number
  readonly threshold: number
  readonly mode: string
  readonly matches: readonly { rule: string; score: number; part: string; parameter: string; excerpt: string }[]
}

interface EventBody {
  readonly time: string
  readonly action: string
  readonly rule: string
  readonly host: string
  readonly path: string
  readonly part: string | null
  readonly parameter: string | null
  readonly client: string
  readonly count: number
}

interface LineBody {
  readonly route: string
  readonly path: string
  readonly part: string | null
  readonly parameter: string | null
  readonly rule: string
  readonly requests: number
  readonly clients: number
  readonly exclusion: Readonly<Record<string, string>> | null
}

function toTest({ args, options }: CommandInput) {
  const [payload] = args
  const { host, path, query, body, contentType } = options
  if ([payload, path, query, body].every((part) => part === undefined))
    throw new Error('say what to judge: a payload, --path, --query or --body')
  const headers = contentType === undefined ? {} : { headers: { 'content-type': contentType } }
  const given = Object.entries({ payload, host, path, query, body }).filter(([, value]) => value !== undefined)
  const method = body === undefined ? 'GET' : 'POST'
  return { method: 'POST' as const, path: '/api/waf/test', body: { ...Object.fromEntries(given), ...headers, method } }
}

/** Ends like a refusal where the request would be blocked. */
function formatTest({ verdict, score, threshold, mode, matches }: TestBody) {
  const found = matches.map(
    (match) => `  ${match.rule} (${match.score})  ${[match.part, match.parameter].join(' ').trim()}: ${match.excerpt}`,
  )
  const text = [`${verdict}: ${score} of ${threshold} points, mode ${mode}`, ...found].map(printable).join('\n')
  return { text, exitCode: verdict === 'blocked' ? REFUSED : 0 }
}

function toEventLine({ time, action, rule, host, path, part, parameter, client, count }: EventBody): string {
  const where = [part, parameter].filter((word) => word !== null && word !== '').join(' ')
  const times = count === 1 ? '' : `x${count}`
  return [time, action, rule, host + path, where, client, times]
    .filter((word) => word !== '')
    .map(printable)
    .join('  ')
}

function toReportBlock({ route, path, part, parameter, rule, requests, clients, exclusion }: LineBody): string {
  const where = [part, parameter].filter((word) => word !== null && word !== '').join(' ')
  const head = `${rule} at ${route}${path} (${where}), requests: ${requests}, clients: ${clients}`
  if (exclusion === null) return printable(head)
  const fields = Object.entries(exclusion).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  return [printable(head), '  waf:', '    exclusions:', `      - { ${fields.join(', ')} }`].join('\n')
}

function toQuery({ options }: CommandInput, names: readonly string[]): string {
  const query = new URLSearchParams()
  for (const name of names) {
    const value = options[name]
    if (typeof value === 'string') query.set(name, value)
  }
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/** What clients sent must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
