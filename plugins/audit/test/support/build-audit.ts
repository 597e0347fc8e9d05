import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorage, openDatabase } from '@drawbridge/db'
import {
  type AuditEntry,
  type ConfigurationState,
  createServices,
  type GatewayEvent,
  type Installation,
  noInstallation,
  plainRedactor,
  type Redactor,
  type ServiceHost,
  type Storage,
} from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import { type AuditLog, createAuditLog } from '../../src/audit-log.ts'
import { createAuditStore } from '../../src/audit-store.ts'
import { plugin } from '../../src/index.ts'

/** The tests' first moment: noon, 1 July 2026, UTC. */
export const NOON = Date.UTC(2026, 6, 1, 12)

/** The part of tap's test object that is needed here. */
export interface Teardown {
  teardown(action: () => unknown): void
}

/** How a test's audit log differs from an ordinary one. */
export interface Setup {
  /** The data folder of another log: this one goes on with it. */
  readonly folder?: string
  readonly options?: Readonly<Record<string, unknown>> | false
  readonly redactor?: Redactor
  /** Changes the storage, to let it fail. */
  readonly wrapStorage?: (storage: Storage) => Storage
  readonly restore?: Installation['restore']
}

/** An audit log over a real database, with a clock in the test's hand. It ends with the test, if the test does not end it before. */
export function buildAudit(t: Teardown, setup: Setup = {}) {
  const folder = setup.folder ?? mkdtempSync(join(tmpdir(), 'drawbridge-audit-'))
  if (setup.folder === undefined) t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'drawbridge.db')
  const clock = createTestClock(NOON)
  const real = createStorage({
    file,
    migrations: [{ owner: plugin.name, migrations: plugin.migrations ?? [] }],
    every: clock.every,
    onChange: () => {},
  })
  const events: GatewayEvent[] = []
  const lines: string[] = []
  const note = (_facts: object, message: string) => void lines.push(message)
  const options = setup.options ?? { anchor: 'anchor/audit.anchor', checkpoint_every: 10 }
  const live = {
    routes: [{ hosts: [], routeId: 0, options: (options === false ? {} : { audit: options }) as object }],
    state: { files: [], effective: {} } as ConfigurationState,
  }
  const { host } = createServices({
    log: { debug: note, info: note, warn: note, error: note },
    clock,
    storage: (setup.wrapStorage ?? ((same) => same))(real),
    redactor: setup.redactor ?? plainRedactor,
    installation: {
      ...noInstallation,
      dataFolder: folder,
      plugins: [plugin],
      routes: () => live.routes as ReturnType<Installation['routes']>,
      configuration: () => live.state,
      restore: setup.restore ?? noInstallation.restore,
    },
  })
  host.events.on((event) => void events.push(event))
  const log: AuditLog = createAuditLog(host)
  let isClosed = false
  const close = async () => {
    if (isClosed) return
    isClosed = true
    await log.stop()
    await real.close()
  }
  t.teardown(close)
  return {
    folder,
    file,
    anchorFile: join(folder, 'anchor/audit.anchor'),
    clock,
    host: host as ServiceHost,
    log,
    store: createAuditStore(host, log),
    events,
    lines,
    live,
    close,
    rows: (sql: string) => real.all(sql),
    /** Changes the database as somebody who wants to hide something: without the triggers. */
    tamper: (sql: string) => tamper(file, sql),
  }
}

/** Runs SQL in the database file after dropping the triggers. */
export function tamper(file: string, sql: string): void {
  const database = openDatabase({ file })
  const names = database.sqlite.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all()
  database.sqlite.pragma('foreign_keys = OFF')
  for (const name of names) database.sqlite.exec(`DROP TRIGGER ${name}`)
  database.sqlite.exec(sql)
  database.close()
}

/** An entry by ada; the rest as the test wants it. */
export function entryOf(facts: Partial<AuditEntry> = {}): AuditEntry {
  return {
    actor: { kind: 'user', name: 'ada' },
    source: 'dashboard',
    action: 'ban_add',
    resourceType: 'ban',
    address: '203.0.113.9',
    ...facts,
  }
}
