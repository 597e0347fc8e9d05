import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Admin, adminMigrations, createAdmin, type Endpoint } from '@drawbridge/admin'
import { createStorage } from '@drawbridge/db'
import * as shipped from '@drawbridge/gateway/plugins'
import { createServices, noInstallation, type Plugin, ROLES } from '@drawbridge/plugin-kit'
import type { Teardown } from './fixtures.ts'
import { createTestLog } from './fixtures.ts'

/** Where the table of all endpoints stands. */
export const TABLE_FILE = join(import.meta.dirname, '../../docs/admin-api.md')

const PLUGINS: readonly Plugin[] = Object.values(shipped)

/** The admin app with all shipped plugins, on an empty database; it listens nowhere yet. */
export async function createFullAdmin(t: Teardown): Promise<{ admin: Admin; log: ReturnType<typeof createTestLog> }> {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-admin-'))
  const log = createTestLog()
  const storage = createStorage({
    file: join(folder, 'test.db'),
    migrations: [
      { owner: 'admin', migrations: adminMigrations },
      ...PLUGINS.map(({ name, migrations = [] }) => ({ owner: name, migrations })),
    ],
    every: () => () => {},
    onChange: (problem) => log.error({}, `storage: ${problem}`),
  })
  const installation = { ...noInstallation, version: '0.0.0', dataFolder: folder, plugins: PLUGINS }
  const services = createServices({ log, storage, installation })
  const admin = await createAdmin({
    host: services.host,
    listen: { host: '127.0.0.1', port: 0 },
    readiness: () => [{ name: 'routes', isOk: true }],
  })
  t.teardown(async () => {
    await admin.close()
    await services.stop()
    await storage.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { admin, log }
}

/** The table of endpoints and roles, as Markdown. */
export function formatTable(endpoints: readonly Endpoint[]): string {
  const owners = [...new Set(endpoints.map(({ owner }) => owner))]
  const sections = owners.map((owner) => {
    const rows = endpoints.filter((endpoint) => endpoint.owner === owner).map(formatRow)
    const heads = [
      '| endpoint | none | viewer | operator | admin | fresh password | what |',
      '| --- | --- | --- | --- | --- | --- | --- |',
    ]
    return [`## ${owner}`, '', ...heads, ...rows, ''].join('\n')
  })
  return `${INTRODUCTION}\n${sections.join('\n')}`
}

const INTRODUCTION = `# Endpoints of the admin API, and who may call them

Written by \`node --conditions=@drawbridge/source test/support/admin-api-table.ts\`; a test fails when it is not current, and another calls
every endpoint as everybody. The same with all parameters and answers: \`/api/docs\` and \`/api/openapi.json\` of a running gateway.

"none" is without signing in: 401 for everything but what is open. "fresh password": entered within the last ten minutes, or a token with
the scope \`sensitive\`, or the command line.
`

function formatRow({ method, path, role, isSensitive, summary }: Endpoint): string {
  const lowest = role === undefined ? -1 : ROLES.indexOf(role)
  const roles = ROLES.map((_, index) => (index >= lowest ? 'yes' : ''))
  const cells = [`\`${method} ${path}\``, role === undefined ? 'yes' : '', ...roles, isSensitive ? 'yes' : '', summary]
  return `| ${cells.join(' | ')} |`
}

if (import.meta.main) {
  const steps: (() => unknown)[] = []
  const { admin } = await createFullAdmin({ teardown: (step) => steps.push(step) })
  writeFileSync(TABLE_FILE, formatTable(admin.endpoints))
  for (const step of steps) await step()
}
