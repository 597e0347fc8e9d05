import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminMigrations, adminTables } from '@drawbridge/admin'
import { coreMigrations, type Database, migrate, openDatabase } from '@drawbridge/db'
import { createServices, noInstallation, type Plugin, type TableDefinition } from '@drawbridge/plugin-kit'
import t from 'tap'

const ROOT = join(import.meta.dirname, '../..')

/** Names that say that a column is about a person. */
const PERSONAL =
  /(?:^|_)(?:client|address|addresses|ip|email|mail|user|username|login|actor|agent|path|url|uri|query|referr?er|pseudonym|cookie|header|headers|snippet|body|by)(?:_|$)/

/** What looks personal and is not: with the reason. */
const NOT_PERSONAL: Readonly<Record<string, string>> = {
  user_agent_class: 'one of a few words, the same for millions',
  user_agent_family: 'the name of a browser without its version',
  actor_kind: 'user, token, cli, file or system',
  last_login_at: 'a time; the account it belongs to is declared',
  user_id: 'a number; the name that it stands for is declared',
}

const plugins = await Promise.all(
  readdirSync(join(ROOT, 'plugins')).map(
    async (folder) => ((await import(join(ROOT, 'plugins', folder, 'src/index.ts'))) as { plugin: Plugin }).plugin,
  ),
)
const owners = [
  ...plugins.map(({ name, migrations = [], tables = [], fileStores }) => ({ name, migrations, tables, fileStores })),
  { name: 'admin', migrations: adminMigrations, tables: adminTables, fileStores: undefined },
].filter(({ migrations, tables }) => migrations.length > 0 || tables.length > 0)

for (const { name, migrations, tables, fileStores } of owners) {
  t.test(`${name} declares its tables, and what in them is about people`, async (t) => {
    const { database, made } = applyMigrations(t, { owner: name, migrations })
    const declared = new Map(tables.map((table) => [table.name, table]))
    const ofStores = await columnsOfStores(fileStores)
    t.strictSame(
      made.filter((table) => !declared.has(table)),
      [],
      'every table is declared',
    )
    for (const table of tables) {
      const columns = columnsOf(database, table.name)
      if (columns.length === 0) {
        t.fail(`${table.name} is declared and no migration makes it`)
        continue
      }
      t.strictSame(undeclared(table, columns, ofStores), [], `${table.name}: columns that look personal are declared`)
      t.strictSame(unknown(table, columns), [], `${table.name}: what is declared is there`)
      t.strictSame(badReasons(table), [], `${table.name}: says how long and why`)
      t.strictSame(notClearable(table, columns), [], `${table.name}: what erasure clears may be NULL`)
    }
  })
}

interface Column {
  readonly name: string
  readonly notnull: number
}

/** Applies an owner's migrations to a database of its own; the tables that are new then. */
function applyMigrations(t: { teardown(action: () => void): void }, owned: Parameters<typeof migrate>[1]) {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-contract-'))
  const database = openDatabase({ file: join(folder, 'test.db') })
  t.teardown(() => {
    database.close()
    rmSync(folder, { recursive: true })
  })
  migrate(database, coreMigrations)
  const before = new Set(tablesOf(database))
  migrate(database, owned)
  const made = tablesOf(database).filter((name) => !before.has(name) && !name.endsWith('_migrations'))
  return { database, made }
}

function tablesOf({ sqlite }: Database): string[] {
  const rows = sqlite.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`).all()
  return rows.map((row) => (row as { name: string }).name)
}

function columnsOf({ sqlite }: Database, table: string): Column[] {
  return sqlite.prepare('SELECT name, "notnull" FROM pragma_table_info(?)').all(table) as Column[]
}

/** A plugin may look after its tables through a store of its own, as the audit log does. */
async function columnsOfStores(fileStores: Plugin['fileStores']): Promise<readonly string[]> {
  if (fileStores === undefined) return []
  const dataFolder = mkdtempSync(join(tmpdir(), 'drawbridge-contract-'))
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const services = createServices({ log, installation: { ...noInstallation, dataFolder } })
  const columns = fileStores(services.host).flatMap(({ personalData }) => personalData.map(({ column }) => column))
  await services.stop()
  rmSync(dataFolder, { recursive: true, force: true })
  return columns
}

function undeclared(
  { personalData }: TableDefinition,
  columns: readonly Column[],
  ofStores: readonly string[],
): string[] {
  const declared = new Set([...personalData.map(({ column }) => column), ...ofStores])
  return columns
    .map(({ name }) => name)
    .filter((name) => PERSONAL.test(name) && !declared.has(name) && !(name in NOT_PERSONAL))
}

function unknown(table: TableDefinition, columns: readonly Column[]): string[] {
  const { personalData, retention, requestIdColumn } = table
  const named = [
    ...personalData.map(({ column }) => column),
    ...(typeof table.erasure === 'object' ? table.erasure.clear : []),
    retention?.timeColumn,
    retention?.routeColumn,
    requestIdColumn,
  ].filter((name) => name !== undefined)
  return named.filter((name) => !columns.some((column) => column.name === name))
}

/** The register shows these to people. */
function badReasons({ holds, retention, keptBecause, erasure, personalData }: TableDefinition): string[] {
  const isExempt = typeof erasure === 'object' && erasure.clear.length === 0
  return [
    ...(holds.en === '' || holds.de === '' ? ['holds'] : []),
    ...(retention === undefined && keptBecause === undefined ? ['neither retention nor keptBecause'] : []),
    ...(isExempt && keptBecause === undefined ? ['erasure leaves it, and keptBecause does not say why'] : []),
    ...personalData.filter(({ purpose }) => purpose.en === '' || purpose.de === '').map(({ column }) => column),
    ...personalData.filter(({ legalBasis }) => !/^Art\. \d+/.test(legalBasis)).map(({ column }) => column),
  ]
}

function notClearable({ erasure }: TableDefinition, columns: readonly Column[]): string[] {
  if (typeof erasure !== 'object') return []
  return erasure.clear.filter((name) => columns.some((column) => column.name === name && column.notnull !== 0))
}
