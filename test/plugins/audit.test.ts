import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildAudit, type Teardown } from '../../plugins/audit/test/support/build-audit.ts'
import { echoListener, startBackend } from '../support/fixtures.ts'
import { type GatewayProcess, startProcess } from '../support/gateway-process.ts'

t.test('a gateway’s start, reload and stop are in its audit log, with the configurations', async (t) => {
  const { gateway, route } = await start(t)
  gateway.write('routes/a.yaml', `${route}timeouts: { total: 20s }\n`)
  await gateway.waitFor(/configuration applied/)
  t.equal(await gateway.stop(), 0)
  const { log, rows, folder } = buildAudit(t, { folder: join(gateway.folder, 'data') })
  t.match(await log.verify(), { fault: undefined })
  // A stop may come between a reload and its last entry: their order is not told.
  const entries = await rows('SELECT action, user, source, resource_id FROM audit_log ORDER BY action')
  t.match(
    entries.filter(({ action }) => /^(gateway|config|route)_/.test(String(action))),
    [
      { action: 'config_reload', user: 'configuration files', source: 'file_watcher' },
      { action: 'gateway_started', user: 'gateway', source: 'system' },
      { action: 'gateway_stopped', user: 'gateway' },
      { action: 'route_changed', resource_id: '127.0.0.1' },
    ],
  )
  t.match(await rows('SELECT count(*) AS count FROM audit_config_versions'), [{ count: 2 }])
  t.match(await rows('SELECT count(*) AS count FROM audit_checkpoints'), [{ count: 1 }], 'signed at the end')
  for (const file of ['keys/audit.key', 'anchor/audit.anchor'])
    t.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file)
})

t.test('a gateway that is killed leaves an audit log without an alarm', async (t) => {
  const { gateway } = await start(t)
  await gateway.stop('SIGKILL')
  const { log, rows } = buildAudit(t, { folder: join(gateway.folder, 'data') })
  t.match(await log.verify(), { fault: undefined })
  t.match(await rows("SELECT action FROM audit_log WHERE action = 'gateway_started'"), [{ action: 'gateway_started' }])
})

async function start(t: Teardown): Promise<{ gateway: GatewayProcess; route: string }> {
  const backend = await startBackend(t, echoListener)
  const route = `host: 127.0.0.1\nbackend: ${backend.url}\n`
  return { gateway: await startProcess(t, { files: { 'routes/a.yaml': route } }), route }
}
