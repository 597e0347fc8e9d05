import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorage } from '@drawbridge/db'
import { plugin } from '@drawbridge/plugin-access-log'
import {
  type AuditEntry,
  type Caller,
  createServices,
  noInstallation,
  type RequestEntry,
  type ServiceHostParts,
} from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import Fastify from 'fastify'
import type { AccessLog } from '../../src/access-log.ts'
import type { AccessLogOptions } from '../../src/options.ts'
import { END } from './entry.ts'

/** The part of tap's test object that is needed. */
export interface Teardown {
  teardown(action: () => unknown): void
}

const CALLER: Caller = { kind: 'user', name: 'anna', role: 'viewer', source: 'dashboard', address: '192.0.2.9' }
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** A folder of its own that goes with the test. */
export function makeFolder(t: Teardown): string {
  const folder = mkdtempSync(join(tmpdir(), 'access-log-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The request log over a real database, with its part of the admin API. */
export function buildLogApp(t: Teardown, parts: Partial<ServiceHostParts> = {}) {
  const folder = makeFolder(t)
  const clock = createTestClock(END)
  const storage = createStorage({
    file: join(folder, 'drawbridge.db'),
    migrations: [{ owner: plugin.name, migrations: plugin.migrations ?? [] }],
    every: () => () => {},
    onChange: () => {},
  })
  storage.enterHosts(['panel.test', 'vault.test'])
  const audited: AuditEntry[] = []
  const audit = { append: async (entry: AuditEntry) => void audited.push(entry) }
  const installation = { ...noInstallation, dataFolder: folder }
  const services = createServices({ log: quiet, clock, storage, audit, installation, ...parts })
  const log = services.host.service<AccessLog>(plugin)
  const app = Fastify()
  app.decorateRequest('caller', null as unknown as Caller)
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = CALLER
    done()
  })
  app.register(
    async (scope) => {
      plugin.admin?.(scope, services.host)
    },
    { prefix: '/api' },
  )
  t.teardown(async () => {
    await app.close()
    await services.stop()
    await storage.close()
  })
  const options: AccessLogOptions = { database: true, files: [] }
  return {
    app,
    audited,
    clock,
    folder,
    log,
    storage,
    host: services.host,
    /** Records the requests and waits until they are stored. */
    async record(entries: readonly RequestEntry[]) {
      const recorder = log.recorder(options, 'panel.test')
      for (const entry of entries) recorder?.(entry)
      await storage.flush()
    },
    /** The answer's body as it came. */
    async get(path: string) {
      const response = await app.inject(path)
      return { status: response.statusCode, body: response.json() }
    },
  }
}
