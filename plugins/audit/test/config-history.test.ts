import { readFileSync } from 'node:fs'
import { type ConfigurationFile, plainRedactor } from '@drawbridge/plugin-kit'
import t from 'tap'
import { COMMANDS } from '../src/commands.ts'
import { buildAdmin } from './support/build-admin.ts'
import { entryOf } from './support/build-audit.ts'

const RELOAD = entryOf({
  actor: { kind: 'file', name: 'files' },
  action: 'config_reload',
  resourceType: 'configuration',
})
const START = entryOf({
  actor: { kind: 'system', name: 'gateway' },
  action: 'gateway_started',
  resourceType: 'gateway',
})

t.test('each configuration that comes into force is kept once', async (t) => {
  const { log, live, get } = buildAdmin(t)
  live.state = stateOf('one')
  await log.append(START)
  await log.append(START)
  await log.append(entryOf())
  live.state = stateOf('two')
  await log.append(RELOAD)
  t.match((await get('/api/config/history', 'viewer')).body, {
    versions: [
      { version_id: 2, audit_id: 4 },
      { version_id: 1, audit_id: 1 },
    ],
    next_cursor: null,
  })
  const page = (await get('/api/config/history?limit=1')).body
  t.match((await get(`/api/config/history?cursor=${page.next_cursor}`)).body.versions, [{ version_id: 1 }])
})

t.test('a version shows what was in force and what that changed, but never the files', async (t) => {
  const redactor = { ...plainRedactor, text: (text: string) => text.replaceAll('203.0.113.9', '203.0.113.xxx') }
  const { log, live, get } = buildAdmin(t, { redactor })
  live.state = stateOf('one')
  await log.append(START)
  live.state = { ...stateOf('two'), effective: { gateway: { ip: '203.0.113.9' }, routes: { a: 'secret:123' } } }
  await log.append(RELOAD)
  const { body } = await get('/api/config/history/2', 'viewer')
  t.match(body, {
    files: ['drawbridge.yaml', 'routes/a.yaml'],
    changed_files: ['routes/a.yaml'],
    effective: { gateway: { ip: '203.0.113.xxx' }, routes: { a: 'secret:123' } },
    diff: /\+ +"a": "secret:123"/,
  })
  t.notMatch(JSON.stringify(body), /password/)
  t.strictSame((await get('/api/config/history/1')).body.changed_files, ['drawbridge.yaml', 'routes/a.yaml'])
  t.equal((await get('/api/config/history/3')).status, 404)
})

t.test('what the files say is nowhere in the database as it is', async (t) => {
  const { log, live, file, host } = buildAdmin(t)
  live.state = stateOf('hunter2')
  await log.append(START)
  await host.storage.compact()
  const bytes = readFileSync(file).toString('latin1')
  t.ok(bytes.includes('gateway_started'))
  t.notOk(bytes.includes('hunter2'))
})

t.test('a version is restored, and the audit log knows before and after', async (t) => {
  const restored: (readonly ConfigurationFile[])[] = []
  const admin = buildAdmin(t, {
    restore: async (files) => {
      restored.push(files)
      admin.live.state = stateOf('one')
      await admin.log.append(RELOAD)
    },
  })
  const { log, live, post, get } = admin
  live.state = stateOf('one')
  await log.append(START)
  live.state = stateOf('two')
  await log.append(RELOAD)
  const answer = await post('/api/config/restore/1')
  t.match(answer, { status: 200, body: { restored: 1 } })
  t.strictSame(restored, [stateOf('one').files])
  const { entries } = (await get('/api/audit?limit=3')).body
  t.match(entries, [
    { action: 'config_restored', user: 'root', resource_id: '1', outcome: 'done', old_value: /two/, new_value: /one/ },
    { action: 'config_reload' },
    { action: 'config_restore_requested', user: 'root' },
  ])
  t.equal((await get('/api/config/history')).body.versions.length, 3)
  t.equal((await post('/api/config/restore/9')).status, 404)
  const command = COMMANDS.find(({ name }) => name === 'audit restore')
  t.equal(command?.format(answer.body).text, 'version 1 is in force again')
})

t.test('a version that is not valid any more is refused, and that is in the audit log', async (t) => {
  const { log, live, post, get } = buildAdmin(t, { restore: () => Promise.reject(new Error('no such plugin')) })
  live.state = stateOf('one')
  await log.append(START)
  t.match(await post('/api/config/restore/1'), { status: 409, body: { message: /no such plugin/ } })
  t.match((await get('/api/audit?limit=1')).body.entries, [
    { action: 'config_restored', outcome: 'failed', notes: 'no such plugin' },
  ])
})

t.test('a version that somebody changed is not opened', async (t) => {
  const { log, live, get, post, tamper } = buildAdmin(t)
  live.state = stateOf('one')
  await log.append(START)
  live.state = stateOf('two')
  await log.append(RELOAD)
  tamper('UPDATE audit_config_versions SET content = (SELECT content FROM audit_config_versions WHERE version_id = 2)')
  t.equal((await get('/api/config/history/1')).body.code, 'DRAWBRIDGE_AUDIT_VERSION_UNREADABLE')
  t.equal((await post('/api/config/restore/1')).status, 409)
})

function stateOf(word: string) {
  return {
    files: [
      { path: 'drawbridge.yaml', text: 'listen: {}' },
      { path: 'routes/a.yaml', text: `password: ${word}` },
    ],
    effective: { gateway: {}, routes: { a: word } },
  }
}
