import type { Command, CommandInput } from '@drawbridge/plugin-kit'

type Fields = Readonly<Record<string, unknown>>

const NAME = { name: '<name>', summary: 'the account' }

/** Commands of `drawbridge` for the admin app itself. Passwords are never typed into one: people get a setup token and choose their own. */
export const adminCommands: readonly Command[] = [
  {
    name: 'status',
    summary: 'say whether the running gateway is well',
    call: () => ({ method: 'GET', path: '/api/health' }),
    format(body) {
      const { status, version, checks } = body as { status: string; version: string; checks: Fields[] }
      const lines = checks.map(({ name, is_ok, detail }) => `${is_ok ? 'ok  ' : 'FAIL'}  ${name}  ${detail}`.trimEnd())
      return { text: [`Drawbridge ${version}: ${status}`, ...lines].join('\n'), exitCode: status === 'ok' ? 0 : 1 }
    },
  },
  {
    name: 'admin setup-token',
    summary: 'print a new setup token for the first admin',
    call: () => ({ method: 'POST', path: '/api/setup-token' }),
    format: formatSetupToken,
  },
  {
    name: 'admin user list',
    summary: 'list all accounts',
    call: () => ({ method: 'GET', path: '/api/users?limit=200' }),
    format: (body) => formatList((body as { users: Fields[] }).users, 'no account yet: drawbridge admin setup-token'),
  },
  {
    name: 'admin user add',
    summary: 'add an account and print its setup token',
    args: [NAME],
    options: [{ flags: '--role <role>', summary: 'viewer (the default), operator or admin' }],
    call: (input) => ({
      method: 'POST',
      path: '/api/users',
      body: { username: input.args[0], role: input.options.role ?? 'viewer' },
    }),
    format: formatSetupToken,
  },
  {
    name: 'admin user remove',
    summary: 'remove an account, its sessions and its tokens',
    args: [NAME],
    call: (input) => ({ method: 'DELETE', path: userPath(input) }),
    format: () => ({ text: 'removed' }),
  },
  {
    name: 'admin user role',
    summary: 'change the role of an account',
    args: [NAME, { name: '<role>', summary: 'viewer, operator or admin' }],
    call: (input) => ({ method: 'PUT', path: userPath(input), body: { role: input.args[1] } }),
    format: () => ({ text: 'changed' }),
  },
  {
    name: 'admin reset-password',
    summary: 'take the password of an account away, end its sessions, and print a setup token for a new one',
    args: [NAME],
    options: [{ flags: '--clear-2fa', summary: 'turn the second factor off too' }],
    call: (input) => ({
      method: 'POST',
      path: `${userPath(input)}/reset-password`,
      body: { clear_2fa: input.options.clear2fa === true },
    }),
    format: formatSetupToken,
  },
  {
    name: 'admin unlock',
    summary: 'forget the failed sign-ins of an account',
    args: [NAME],
    call: (input) => ({ method: 'POST', path: `${userPath(input)}/unlock` }),
    format: () => ({ text: 'unlocked' }),
  },
  {
    name: 'admin token create',
    summary: 'make an API token and print it, this once',
    args: [{ name: '<name>', summary: 'what it is for' }],
    options: [
      { flags: '--user <name>', summary: 'the account it belongs to' },
      { flags: '--role <role>', summary: 'at most that of the account, which is the default' },
      { flags: '--scopes <list>', summary: 'read (the default), write, read:AREA, write:AREA, sensitive; with commas' },
      { flags: '--networks <list>', summary: 'addresses and CIDRs from which it is valid; with commas' },
      { flags: '--days <number>', summary: 'how long it is valid (90)' },
    ],
    call: (input) => ({ method: 'POST', path: '/api/tokens', body: newToken(input) }),
    format(body) {
      const { token, expires_at } = body as { token: string; expires_at: string }
      return { text: `${token}\n(shown this once; valid until ${expires_at})` }
    },
  },
  {
    name: 'admin token list',
    summary: 'list all API tokens',
    call: () => ({ method: 'GET', path: '/api/tokens?limit=200' }),
    format: (body) => formatList((body as { tokens: Fields[] }).tokens, 'no tokens'),
  },
  {
    name: 'admin token revoke',
    summary: 'revoke an API token',
    args: [{ name: '<id>', summary: 'its id, from drawbridge admin token list' }],
    call: ({ args: [id = ''] }) => ({ method: 'DELETE', path: `/api/tokens/${encodeURIComponent(id)}` }),
    format: () => ({ text: 'revoked' }),
  },
]

function userPath({ args: [name = ''] }: CommandInput): string {
  return `/api/users/${encodeURIComponent(name)}`
}

function newToken({ args: [name], options }: CommandInput): Fields {
  const { user, role, scopes, networks, days } = options
  if (user === undefined) throw new Error('say whose token it is: --user NAME')
  if (days !== undefined && !/^\d{1,4}$/.test(String(days))) throw new Error(`--days ${days} is not a number of days`)
  return {
    name,
    owner: user,
    ...(role === undefined ? {} : { role }),
    ...(scopes === undefined ? {} : { scopes: toList(scopes) }),
    ...(networks === undefined ? {} : { networks: toList(networks) }),
    ...(days === undefined ? {} : { expires_in_days: Number(days) }),
  }
}

function toList(text: string | boolean): string[] {
  return String(text)
    .split(',')
    .map((entry) => entry.trim())
}

function formatSetupToken(body: unknown) {
  const { setup_token, expires_at } = body as { setup_token: string; expires_at: string }
  return {
    text: `${setup_token}\n(setup token: enter it with a new password on the dashboard, once, before ${expires_at})`,
  }
}

/** Columns as wide as their widest value. */
function formatList(rows: readonly Fields[], none: string) {
  const [first] = rows
  if (first === undefined) return { text: none }
  const keys = Object.keys(first)
  const table = [keys, ...rows.map((row) => keys.map((key) => formatValue(row[key])))]
  const widths = keys.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)))
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return { text: lines.join('\n') }
}

function formatValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.join(',')
  return value === null || value === undefined ? '-' : String(value)
}
