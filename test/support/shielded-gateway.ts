import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGateway } from '@drawbridge/core'
import { createStorage, type SqlValue } from '@drawbridge/db'
import { type BanList, type GatewayEvent, noBanList, type RequestRecord } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import { plugin as limits } from '@drawbridge/plugin-limits'
import { plugin as logPrivacy } from '@drawbridge/plugin-log-privacy'
import { plugin as tracing } from '@drawbridge/plugin-tracing'
import { plugin as waf } from '@drawbridge/plugin-waf'
import { createTestLog, makeConfig, makePlugin, sendRaw, startBackend, type Teardown } from './fixtures.ts'

const HOST = 'a.test'

/** A gateway with the WAF over a real database, and a backend that remembers what came. */
export async function startShielded(
  t: Teardown,
  options: Readonly<Record<string, unknown>> = { enabled: true },
  bans: BanList = noBanList,
) {
  const seen: { method: string; url: string; body: Buffer }[] = []
  const records: RequestRecord[] = []
  const backend = await startBackend(t, (request, response) => void remember(request, response, seen))
  const folder = mkdtempSync(join(tmpdir(), 'waf-'))
  const clock = createTestClock(Date.UTC(2026, 10, 22, 18))
  const storage = createStorage({
    file: join(folder, 'test.db'),
    migrations: [{ owner: waf.name, migrations: waf.migrations ?? [] }],
    every: () => () => {},
    onChange: () => {},
  })
  storage.enterHosts([HOST])
  const probe = makePlugin({
    name: 'probe',
    phase: 'trace',
    wire: (_app, _options, host) => host.onFinish((record) => records.push(record)),
  })
  const config = makeConfig({
    routes: { [HOST]: backend.url },
    plugins: [[tracing], [probe], [logPrivacy], [limits], [waf, options]],
    config: { trustedProxies: ['127.0.0.1'] },
  })
  const log = createTestLog()
  const gateway = await createGateway({
    config,
    log,
    clock,
    storage,
    bans,
    routeIdOf: (host) => storage.routeIdOf(host),
  })
  const { port } = await gateway.listen()
  const announced: GatewayEvent[] = []
  gateway.services.host.events.on((event) => announced.push(event))
  t.teardown(async () => {
    await gateway.close(200)
    await storage.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    port,
    seen,
    records,
    announced,
    clock,
    log,
    gateway,
    /** Sends a request; its status. Header lines end with a line break. */
    async ask(line: string, headers = '', body: string | Buffer = ''): Promise<number> {
      const length = body.length === 0 ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`
      const head = `${line} HTTP/1.1\r\nHost: ${HOST}\r\n${headers}${length}Connection: close\r\n\r\n`
      const answer = await sendRaw(port, Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]))
      return Number(answer.split(' ', 2)[1])
    },
    /** What stands in `waf_blocks`. */
    async rows(): Promise<Record<string, SqlValue>[]> {
      await storage.flush()
      return storage.all('SELECT * FROM waf_blocks ORDER BY block_id')
    },
  }
}

async function remember(
  request: IncomingMessage,
  response: ServerResponse,
  seen: { method: string; url: string; body: Buffer }[],
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  seen.push({ method: request.method ?? '', url: request.url ?? '', body: Buffer.concat(chunks) })
  response.end('ok')
}
