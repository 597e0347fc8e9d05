import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, type RequestOptions, request } from 'node:http'
import { request as requestTls } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Admin, type AdminOptions, adminMigrations, createAdmin } from '@drawbridge/admin'
import { createStorage } from '@drawbridge/db'
import {
  type AuditEntry,
  type AuditTrail,
  type Caller,
  createServices,
  definePlugin,
  noInstallation,
  type Plugin,
  type PluginDefinition,
  type Role,
  type Storage,
} from '@drawbridge/plugin-kit'
import { createTestClock, type TestClock } from '@drawbridge/plugin-kit/testing'
import { Type } from 'typebox'

/** The part of tap's test object that fixtures need. */
export interface Teardown {
  teardown(action: () => unknown): void
}

export const PASSWORD = 'correct horse battery'
export const CLI: Caller = { kind: 'cli', name: 'root', role: 'admin', source: 'cli', address: '' }

/** An answer with its body parsed, where it is JSON. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
  readonly body: any
}

/** What is sent; JSON unless `text` is given. */
export interface Sent {
  readonly headers?: OutgoingHttpHeaders
  readonly body?: unknown
  readonly text?: string
}

export interface TestAdmin {
  readonly admin: Admin
  readonly port: number
  readonly clock: TestClock
  readonly storage: Storage
  readonly folder: string
  /** Messages of the process log. */
  readonly lines: string[]
  readonly entries: AuditEntry[]
  /** Over a real socket, from `options.from` where given. */
  send(method: string, path: string, sent?: Sent): Promise<Answer>
  /** As the command line. */
  command(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): ReturnType<Admin['call']>
  /** Makes an account with `PASSWORD`. */
  addUser(name: string, role: Role): Promise<void>
  /** Signs in and resolves with the headers of a browser that has the cookie. */
  signIn(name: string, code?: string): Promise<Record<string, string>>
}

interface TestAdminOptions extends Partial<AdminOptions> {
  readonly plugins?: readonly Plugin[]
  readonly audit?: AuditTrail
  /** Wraps or replaces the storage. */
  readonly storage?: (real: Storage) => Storage
}

/** An admin app with a database of its own, listening on a free port. */
export async function startAdmin(t: Teardown, options: TestAdminOptions = {}): Promise<TestAdmin> {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-admin-'))
  const clock = createTestClock()
  const lines: string[] = []
  const entries: AuditEntry[] = []
  const write = (facts: object, message: string) => {
    lines.push(message)
    if (process.env.SHOW_LOG !== undefined) console.error(facts, message)
  }
  const log = { debug: write, info: write, warn: write, error: write }
  const real = createStorage({
    file: join(folder, 'test.db'),
    migrations: [{ owner: 'admin', migrations: [...adminMigrations] }],
    every: () => () => {},
    onChange: () => {},
  })
  const storage = options.storage?.(real) ?? real
  const audit = options.audit ?? { append: async (entry) => void entries.push(entry) }
  const installation = { ...noInstallation, version: '1.2.3', plugins: options.plugins ?? [] }
  const { host } = createServices({ log, clock, storage, audit, installation })
  const admin = await createAdmin({
    host,
    listen: { host: '127.0.0.1', port: 0 },
    readiness: () => [{ name: 'database', isOk: true }],
    ...options,
  })
  const { port } = await admin.listen()
  t.teardown(async () => {
    await admin.close()
    await real.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const send = (method: string, path: string, sent?: Sent) => sendTo({ port, method, path }, sent)
  const command: TestAdmin['command'] = (method, path, body) =>
    admin.call(CLI, body === undefined ? { method, path } : { method, path, body })
  return {
    admin,
    port,
    clock,
    storage,
    folder,
    lines,
    entries,
    send,
    command,
    async addUser(username, role) {
      const { body } = await command('POST', '/api/users', { username, role })
      const token = (body as { setup_token: string }).setup_token
      const { status } = await send('POST', '/api/setup', { body: { token, username, password: PASSWORD } })
      if (status !== 201) throw new Error(`no account: ${status}`)
    },
    async signIn(username, code) {
      const body = { username, password: PASSWORD, ...(code === undefined ? {} : { code }) }
      const { headers, status } = await send('POST', '/api/login', { body })
      if (status !== 200) throw new Error(`not signed in: ${status}`)
      return browserWith(headers)
    },
  }
}

/** Headers of a browser on the dashboard that got this answer. */
export function browserWith(headers: IncomingHttpHeaders): Record<string, string> {
  const [cookie = ''] = headers['set-cookie']?.[0]?.split(';') ?? []
  return { cookie, 'sec-fetch-site': 'same-origin' }
}

/** One request over a socket of its own. */
export function sendTo(target: RequestOptions & { readonly isTls?: boolean }, { headers, body, text }: Sent = {}) {
  const payload = text ?? (body === undefined ? undefined : JSON.stringify(body))
  const type = payload === undefined ? {} : { 'content-type': 'application/json' }
  return new Promise<Answer>((resolve, reject) => {
    const { isTls = false, ...options } = target
    const make = isTls ? requestTls : request
    const host = target.socketPath === undefined ? { host: '127.0.0.1' } : {}
    const outgoing = make({ ...host, agent: false, ...options, headers: { ...type, ...headers } }, (answer) => {
      let received = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        received += chunk
      })
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parse(received) }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The storage with some of its methods replaced. */
export function wrapStorage(real: Storage, replaced: Partial<Storage>): Storage {
  return {
    get problem() {
      return real.problem
    },
    insertInto: (...args) => real.insertInto(...args),
    enqueue: (...args) => real.enqueue(...args),
    durable: (...args) => real.durable(...args),
    all: (...args) => real.all(...args),
    flush: () => real.flush(),
    compact: () => real.compact(),
    stats: () => real.stats(),
    onReady: (listener) => real.onReady(listener),
    ...replaced,
  }
}

/** A plugin with endpoints. */
export function makePlugin(name: string, admin: PluginDefinition['admin']): Plugin {
  return definePlugin({
    name,
    key: name.replaceAll('-', '_'),
    phase: 'record',
    isOnByDefault: true,
    options: Type.Object({}, { additionalProperties: false }),
    ...(admin === undefined ? {} : { admin }),
  })
}
