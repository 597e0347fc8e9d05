import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createGateway } from '@drawbridge/core'
import { createStorage, type SqlValue } from '@drawbridge/db'
import { plugin as accessLog } from '@drawbridge/plugin-access-log'
import { noInstallation } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import { plugin as logPrivacy } from '@drawbridge/plugin-log-privacy'
import { plugin as tracing } from '@drawbridge/plugin-tracing'
import t from 'tap'
import {
  createTestLog,
  makeConfig,
  sendRaw,
  startBackend,
  startRawBackend,
  type Teardown,
} from '../support/fixtures.ts'
import { writeFolder } from '../support/gateway-process.ts'

const EVENING = Date.UTC(2026, 10, 22, 23, 59, 0)
const CLOSE = 'Connection: close\r\n\r\n'

t.test('a request through the gateway is a row with its time, sizes, masked client and id', async (t) => {
  const { ask, rows } = await start(t, { backend: async () => ok(t) })
  const answer = await ask(
    `POST /up%20load?token=secret HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: curl/8.5.0\r\nContent-Length: 5\r\n${CLOSE}hello`,
  )
  const [row] = await rows(1)
  t.match(row, {
    method: 'POST',
    path: '/up load',
    status: 200,
    bytes_sent: 7,
    bytes_received: 5,
    client: '127.0.0.xxx',
    user_agent_class: 'tool/curl',
    request_id: /x-request-id: (\S+)/i.exec(answer)?.[1] ?? 'none',
    host: null,
  })
  t.notMatch(JSON.stringify(row), /secret|127\.0\.0\.1"/)
})

t.test('a backend that refuses, a broken request and a strange host are recorded too', async (t) => {
  const { ask, rows, storage } = await start(t, { backend: async () => 'http://127.0.0.1:9' })
  await ask(`GET /down HTTP/1.1\r\nHost: shop.test\r\n${CLOSE}`)
  await ask(`GET /%00 HTTP/1.1\r\nHost: shop.test\r\n${CLOSE}`)
  await ask(`GET /scan HTTP/1.1\r\nHost: ../../etc/passwd\r\n${CLOSE}`)
  await ask(`GET /scan HTTP/1.1\r\nHost: stranger.test\r\n${CLOSE}`)
  t.match(await rows(4), [
    { path: '/down', status: 502, cause: /^DRAWBRIDGE_/ },
    { status: 400, cause: /^DRAWBRIDGE_/ },
    { status: 400, route_id: 0, host: '' },
    { route_id: 0, host: 'stranger.test' },
  ])
  t.match(await storage.all('SELECT status FROM error_logs WHERE path = ?', ['/down']), [{ status: 502 }])
})

t.test('a client that leaves before the answer is a 499', async (t) => {
  let gone = () => {}
  const { port, rows } = await start(t, {
    backend: async () => (await startRawBackend(t, (socket) => socket.once('data', () => gone()))).url,
  })
  const socket = connect(port, '127.0.0.1')
  gone = () => socket.destroy()
  socket.write('GET /slow HTTP/1.1\r\nHost: shop.test\r\n\r\n')
  t.match(await rows(1), [{ status: 499, details: '{"aborted":true}' }])
})

t.test('files are per host and day; what strangers ask for has one file', async (t) => {
  const { ask, rows, clock, logs, close } = await start(t, {
    backend: async () => ok(t),
    options: { files: ['combined', 'json'] },
  })
  await ask(`GET /evening HTTP/1.1\r\nHost: shop.test\r\n${CLOSE}`)
  await ask(`GET / HTTP/1.1\r\nHost: stranger.test\r\n${CLOSE}`)
  await rows(2)
  clock.advance(60_000)
  await ask(`GET /morning HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: a"b\r\n${CLOSE}`)
  await rows(3)
  await close()
  const files = logs()
  t.strictSame(Object.keys(files), [
    '_unknown.combined.2026-11-22.log',
    '_unknown.combined.log',
    '_unknown.json.2026-11-22.log',
    '_unknown.json.log',
    'shop.test.combined.2026-11-22.log',
    'shop.test.combined.2026-11-23.log',
    'shop.test.combined.log',
    'shop.test.json.2026-11-22.log',
    'shop.test.json.2026-11-23.log',
    'shop.test.json.log',
  ])
  t.match(
    files['shop.test.combined.log'],
    /^127\.0\.0\.0 - \S+ \[23\/Nov\/2026:00:00:00 \+0000\] "GET \/morning HTTP\/1\.1" 200 7 "-" "a\\x22b"\n$/,
  )
  t.match(JSON.parse(files['shop.test.json.2026-11-22.log'] ?? ''), { path: '/evening', route: 'shop.test' })
})

t.test('neither database nor files: nothing is recorded', async (t) => {
  const { ask, storage, logs, close } = await start(t, { backend: async () => ok(t), options: { database: false } })
  await ask(`GET / HTTP/1.1\r\nHost: shop.test\r\n${CLOSE}`)
  await close()
  t.match(storage.stats(), { queued: 0, written: 0, dropped: 0 })
  t.strictSame(logs(), {})
})

interface Stage {
  readonly backend: () => Promise<string>
  readonly options?: Readonly<Record<string, unknown>>
}

async function ok(t: Teardown): Promise<string> {
  const backend = await startBackend(t, (request, response) =>
    request.resume().on('end', () => response.end('welcome')),
  )
  return backend.url
}

async function start(t: Teardown, { backend, options = {} }: Stage) {
  const folder = writeFolder(t, {})
  const clock = createTestClock(EVENING)
  const storage = createStorage({
    file: join(folder, 'drawbridge.db'),
    migrations: [{ owner: accessLog.name, migrations: accessLog.migrations ?? [] }],
    every: () => () => {},
    onChange: () => {},
  })
  storage.enterHosts(['shop.test'])
  const config = makeConfig({
    routes: { 'shop.test': await backend() },
    plugins: [
      [tracing, {}],
      [logPrivacy, {}],
      [accessLog, options],
    ],
  })
  const installation = { ...noInstallation, dataFolder: folder }
  const routeIdOf = (host: string) => storage.routeIdOf(host)
  const gateway = await createGateway({ config, log: createTestLog(), clock, storage, installation, routeIdOf })
  const { port } = await gateway.listen()
  let closing: Promise<void> | undefined
  const close = () => (closing ??= gateway.close(200))
  t.teardown(async () => {
    await close()
    await storage.close()
  })
  return {
    port,
    clock,
    storage,
    close,
    ask: (bytes: string) => sendRaw(port, bytes),
    /** All rows, once there are so many: a request is recorded when its answer is on its way. */
    async rows(count: number): Promise<Record<string, SqlValue>[]> {
      for (;;) {
        await storage.flush()
        const rows = await storage.all('SELECT * FROM request_logs ORDER BY id')
        if (rows.length >= count) return rows
      }
    },
    logs(): Record<string, string> {
      const logFolder = join(folder, 'logs/access')
      const names = readdirSync(folder).includes('logs') ? readdirSync(logFolder).sort() : []
      return Object.fromEntries(names.map((name) => [name, readFileSync(join(logFolder, name), 'utf8')]))
    },
  }
}
