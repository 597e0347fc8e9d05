import { readFileSync } from 'node:fs'
import type { Admin } from '@drawbridge/admin'
import { ROLES, type Role } from '@drawbridge/plugin-kit'
import t from 'tap'
import { createFullAdmin, formatTable, TABLE_FILE } from '../support/admin-api-table.ts'

const PASSWORD = 'correct horse battery'
const table = readFileSync(TABLE_FILE, 'utf8')

interface Row {
  readonly method: string
  readonly path: string
  readonly allowed: readonly string[]
}

t.test('the table in docs/admin-api.md is current, and no plugin was left out', async (t) => {
  const { admin, log } = await createFullAdmin(t)
  t.strictSame(
    log.lines.filter(({ level }) => level === 'error'),
    [],
  )
  t.equal(
    formatTable(admin.endpoints),
    table,
    'write it anew: node --conditions=@drawbridge/source test/support/admin-api-table.ts',
  )
})

t.test('every endpoint answers everybody as the table says', async (t) => {
  const { admin } = await createFullAdmin(t)
  const { port } = await admin.listen()
  const origin = `http://127.0.0.1:${port}`
  const cookies = new Map<string, string>([['none', '']])
  for (const role of ROLES) cookies.set(role, await signIn(admin, { origin, role }))
  const rows = readTable()
  t.ok(rows.length > 30)
  for (const { method, path, allowed } of rows)
    for (const [who, cookie] of cookies) {
      const url = origin + path.replaceAll(/:\w+/g, 'x').replace('*', 'x')
      const answer = await fetch(url, { method, headers: { cookie, origin }, redirect: 'manual' })
      const body = await answer.text()
      const isRefused = answer.status === 401 || body.includes('DRAWBRIDGE_ADMIN_ROLE_TOO_LOW')
      t.equal(!isRefused, allowed.includes(who), `${method} ${path} as ${who}: ${answer.status}`)
      if (isRefused) t.equal(answer.status, who === 'none' ? 401 : 403)
    }
})

/** The last row signs everybody out. */
function readTable(): Row[] {
  const rows = [...table.matchAll(/^\| `(\w+) (\S+)` \|(.*)$/gm)].map(([, method = '', path = '', rest = '']) => {
    const cells = rest.split('|').map((cell) => cell.trim())
    return { method, path, allowed: ['none', ...ROLES].filter((_, index) => cells[index] === 'yes') }
  })
  return rows.sort((one, other) => Number(one.path === '/api/logout') - Number(other.path === '/api/logout'))
}

async function signIn(admin: Admin, { origin, role }: { origin: string; role: Role }): Promise<string> {
  const cli = { kind: 'cli', name: 'test', role: 'admin', source: 'cli', address: '' } as const
  const added = await admin.call(cli, { method: 'POST', path: '/api/users', body: { username: role, role } })
  const token = (added.body as { setup_token: string }).setup_token
  const post = (path: string, body: object) =>
    fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  await post('/api/setup', { token, username: role, password: PASSWORD })
  const answer = await post('/api/login', { username: role, password: PASSWORD })
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}
