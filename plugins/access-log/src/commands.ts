import type { Command, CommandInput } from '@drawbridge/plugin-kit'

const FILTERS = [
  { flags: '--request-id <id>', summary: 'exactly this request id', parameter: 'request_id' },
  {
    flags: '--since <time>',
    summary: 'from this time on: 24h (ago), 2026-11-22, 2026-11-22T18:00:00Z',
    parameter: 'since',
  },
  { flags: '--until <time>', summary: 'up to this time', parameter: 'until' },
  { flags: '--status <status>', summary: '502, or a class: 5xx', parameter: 'status' },
  { flags: '--host <host>', summary: 'the host asked for', parameter: 'host' },
  { flags: '--method <method>', summary: 'the method', parameter: 'method' },
  { flags: '--path <prefix>', summary: 'the path begins with this', parameter: 'path_prefix' },
  { flags: '--contains <text>', summary: 'the path has this in it', parameter: 'path_contains' },
  { flags: '--client <client>', summary: 'address, network, masked address or pseudonym', parameter: 'client' },
  { flags: '--slower-than <ms>', summary: 'took at least so many milliseconds', parameter: 'min_duration_ms' },
  { flags: '--cause <code>', summary: 'error code of the gateway', parameter: 'cause' },
  { flags: '--limit <count>', summary: 'how many, at most 200', parameter: 'limit' },
] as const

/** `drawbridge logs` and `drawbridge trace`. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'logs',
    summary: 'Search the request log, newest first',
    options: FILTERS.map(({ flags, summary }) => ({ flags, summary })),
    call: (input) => ({ method: 'GET', path: `/api/logs${toQuery(input)}` }),
    format(body) {
      const { logs, next_cursor: next } = body as { logs: readonly EntryBody[]; next_cursor: string | null }
      if (logs.length === 0) return { text: 'no request in the log matches' }
      const more = next === null ? [] : ['there are more: narrow the search, or raise --limit']
      return { text: [...logs.map(toLine), ...more].join('\n') }
    },
  },
  {
    name: 'trace',
    summary: 'Show what is recorded of one request',
    args: [{ name: '<request-id>', summary: 'as on the error page and in X-Request-ID' }],
    call: ({ args }) => ({ method: 'GET', path: `/api/logs/${encodeURIComponent(args[0] ?? '')}` }),
    format(body) {
      const { logs, errors } = body as { logs: readonly EntryBody[]; errors: readonly EntryBody[] }
      return { text: (logs.length > 0 ? logs : errors).map(toBlock).join('\n\n') }
    },
  },
]

interface EntryBody {
  readonly time: string
  readonly status: number
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query?: string | null
  readonly duration_ms: number
  readonly client: string
  readonly cause: string | null
  readonly request_id: string
}

function toQuery({ options }: CommandInput): string {
  const query = new URLSearchParams()
  for (const { flags, parameter } of FILTERS) {
    const value = options[optionName(flags)]
    if (typeof value !== 'string') continue
    const isClass = parameter === 'status' && /^[1-5]xx$/i.test(value)
    query.set(isClass ? 'status_class' : parameter, isClass ? value.toLowerCase() : value)
  }
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/** `--request-id <id>` is known as `requestId`. */
function optionName(flags: string): string {
  const [flag = ''] = flags.slice(2).split(' ')
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function toLine(entry: EntryBody): string {
  const { time, status, method, host, path, duration_ms, client, cause, request_id } = entry
  const words = [time, status, method, printable(host + path), `${duration_ms}ms`, client, cause, request_id]
  return words.filter((word) => word !== null && word !== '').join('  ')
}

function toBlock(entry: EntryBody): string {
  const lines = Object.entries(entry).filter(([, value]) => value !== null && value !== '')
  const width = Math.max(...lines.map(([name]) => name.length))
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${printable(toText(value))}`).join('\n')
}

function toText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** What clients sent must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
