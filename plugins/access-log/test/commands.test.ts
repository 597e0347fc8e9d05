import type { Command } from '@drawbridge/plugin-kit'
import t from 'tap'
import { COMMANDS } from '../src/commands.ts'
import { makeEntry } from './support/entry.ts'
import { buildLogApp } from './support/log-app.ts'

const [logs, trace] = COMMANDS as readonly [Command, Command]

t.test('`logs` asks with the filters that were typed', async (t) => {
  const call = (options: Record<string, string>) => logs.call({ args: [], options }).path
  t.equal(call({}), '/api/logs')
  t.equal(call({ status: '502', slowerThan: '100' }), '/api/logs?status=502&min_duration_ms=100')
  t.equal(call({ status: '5XX' }), '/api/logs?status_class=5xx')
  t.equal(call({ client: '203.0.113.0/24', path: '/a b' }), '/api/logs?path_prefix=%2Fa+b&client=203.0.113.0%2F24')
})

t.test('`logs` prints a line for each request, and nothing that steers a terminal', async (t) => {
  const { record, app } = buildLogApp(t)
  await record([makeEntry({ path: '/\u001b[2J', status: 502, cause: 'X' })])
  const { text } = logs.format((await app.inject('/api/logs')).json())
  t.equal(
    text,
    '2026-11-22T18:00:00.469Z  502  GET  panel.test/\\x1b[2J  30ms  203.0.113.xxx  X  019ab3c4-5d6e-7f80-9abc-000000000001',
  )
  t.equal(logs.format({ logs: [], next_cursor: null }).text, 'no request in the log matches')
})

t.test('`trace` prints everything that is recorded of one request', async (t) => {
  const { record, app } = buildLogApp(t)
  await record([makeEntry({ status: 502, decisions: [{ by: 'retry', what: 'gave-up' }] })])
  const { method, path } = trace.call({ args: ['019ab3c4-5d6e-7f80-9abc-000000000001'], options: {} })
  t.equal(method, 'GET')
  const { text } = trace.format((await app.inject(path)).json())
  t.match(text, /^request_id +019ab3c4/)
  t.match(text, /decisions +\[\{"by":"retry","what":"gave-up"\}\]/)
})
