import { readFileSync } from 'node:fs'
import type { ApiCall, Command, CommandInput } from '@drawbridge/plugin-kit'
import { MAX_AT_ONCE, type ShownBan } from './ban-entries.ts'

const textOf = ({ options }: CommandInput, name: string) => {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** Commands of `drawbridge bans`. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'bans list',
    summary: 'show who is banned, newest first',
    options: [
      { flags: '--address <address>', summary: 'only bans that hit this address' },
      { flags: '--route <host>', summary: 'only bans from this route' },
      { flags: '--limit <count>', summary: 'at most 200' },
      { flags: '--cursor <cursor>', summary: 'next_cursor of the page before' },
    ],
    call({ options }) {
      const given = Object.entries(options).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
      const query = new URLSearchParams(given).toString()
      return { method: 'GET', path: query === '' ? '/api/bans' : `/api/bans?${query}` }
    },
    format: (body) => ({ text: listOf(body).map(describe).join('\n') || 'nobody is banned' }),
  },
  {
    name: 'bans add',
    summary: 'ban an address or a network (CIDR)',
    args: [{ name: '<address>', summary: 'address or CIDR; several with commas between them' }],
    options: [
      { flags: '--route <host>', summary: 'only from this route' },
      { flags: '--duration <time>', summary: 'seconds, 1h, 30d or permanent (default: 1h)' },
      { flags: '--reason <text>', summary: 'why, in words' },
      { flags: '--force', summary: 'also where your own address is among them' },
    ],
    call(input) {
      const [addresses = ''] = input.args
      const [route, duration, reason] = ['route', 'duration', 'reason'].map((name) => textOf(input, name))
      const body = { addresses: addresses.split(','), route, duration, reason, force: input.options.force === true }
      return { method: 'POST', path: '/api/bans', body: JSON.parse(JSON.stringify(body)) }
    },
    format: (body) => ({ text: listOf(body).map(describe).join('\n') }),
  },
  {
    name: 'bans remove',
    summary: 'lift all bans that hit an address',
    args: [{ name: '<address>', summary: 'address, CIDR or number of the ban' }],
    call: ({ args: [address = ''] }) => ({
      method: 'DELETE',
      path: /^\d+$/.test(address) ? `/api/bans/${address}` : `/api/bans?address=${encodeURIComponent(address)}`,
    }),
    format: (body) => ({
      text: listOf(body)
        .map(({ address, route }) => `${address}${from(route)} is let in again`)
        .join('\n'),
    }),
  },
  {
    name: 'bans export',
    summary: 'print all bans in force as JSON, for bans import',
    call: () => ({ method: 'GET', path: '/api/bans/export' }),
    format: (body) => ({ text: JSON.stringify(body, undefined, 2) }),
  },
  {
    name: 'bans import',
    summary: 'ban everybody in a file that bans export printed',
    args: [{ name: '<file>', summary: 'the file' }],
    options: [{ flags: '--force', summary: 'also where your own address is among them' }],
    call({ args: [file = ''], options }) {
      const bans = readBans(file)
      const importing = (from: number): ApiCall => ({
        method: 'POST',
        path: '/api/bans/import',
        body: { bans: bans.slice(from, from + MAX_AT_ONCE), force: options.force === true },
      })
      const [first = importing(0), ...more] = bans.flatMap((_ban, index) =>
        index % MAX_AT_ONCE === 0 ? [importing(index)] : [],
      )
      return { ...first, more }
    },
    format(body) {
      const answers = (Array.isArray(body) ? body : [body]) as { imported: number }[]
      const imported = answers.reduce((sum, answer) => sum + answer.imported, 0)
      return { text: `${imported} bans came into force; what is over, or banned as long already, was left out` }
    },
  },
]

function readBans(file: string): readonly unknown[] {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file} cannot be read as JSON: ${(error as Error).message}`)
  }
  const { bans } = content as { bans?: unknown }
  if (!Array.isArray(bans)) throw new Error(`${file} has no list "bans": give a file that "bans export" printed`)
  return bans
}

function listOf(body: unknown): readonly ShownBan[] {
  return (body as { bans: ShownBan[] }).bans
}

function describe({ ban_id, address, route, expires_at, banned_by, rule, reason, request_ids }: ShownBan): string {
  const until =
    expires_at === null ? 'for ever' : `until ${new Date(expires_at * 1000).toISOString().replace('.000Z', 'Z')}`
  const last = rule === '' ? undefined : request_ids.at(-1)
  const why = [rule, reason, last === undefined ? '' : `last request ${last}`].filter((text) => text !== '').join(', ')
  return `${ban_id}  ${address}${from(route)}  ${until}  by ${banned_by}${why === '' ? '' : `  (${why})`}`
}

function from(route: string): string {
  return route === '' ? '' : ` from ${route}`
}
