import {
  type AuditEntry,
  type Caller,
  createAccountRead,
  createServices,
  plainRedactor,
  type ServiceHostParts,
} from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'

const ANNA: Caller = { kind: 'user', name: 'anna', role: 'viewer', source: 'dashboard', address: '192.0.2.9' }
const HOUR_MS = 3_600_000

class NotAccounted extends Error {}

function build(parts: Partial<ServiceHostParts> = {}) {
  const audited: AuditEntry[] = []
  const clock = createTestClock()
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const audit = { append: async (entry: AuditEntry) => void audited.push(entry) }
  const { host } = createServices({ log, clock, audit, ...parts })
  const account = createAccountRead(host, { resourceType: 'things', aimedBy: ['client', 'request_id'], NotAccounted })
  const read = (query: Record<string, unknown>, caller = ANNA) => account({ caller, id: 'the-call', query })
  return { audited, clock, read }
}

t.test('a search for somebody is entered each time, with what was sought and by whom', async (t) => {
  const { audited, read } = build()
  await read({ client: 'a', status: 404, limit: 50 })
  await read({ client: 'a', status: 404, limit: 50 })
  t.strictSame(audited[1], {
    actor: { kind: 'user', name: 'anna' },
    source: 'dashboard',
    address: '192.0.2.9',
    action: 'personal_data_read',
    resourceType: 'things',
    notes: 'searched by client a, status 404',
    requestId: 'the-call',
  })
  t.equal(audited.length, 2)
})

t.test('further pages belong to their search; a made-up cursor is no way around', async (t) => {
  const { audited, read } = build()
  await read({ client: 'a' })
  await read({ client: 'a', cursor: 'x' })
  t.equal(audited.length, 1)
  await read({ client: 'b', cursor: 'x' })
  t.equal(audited.length, 2)
})

t.test('browsing is entered once an hour for each caller', async (t) => {
  const { audited, clock, read } = build()
  for (const query of [{}, { status: 404 }, { cursor: 'x' }]) await read(query)
  t.match(audited, [{ notes: 'looked at the latest' }])
  t.equal(audited.length, 1)
  await read({}, { ...ANNA, source: 'api', kind: 'token' })
  t.equal(audited.length, 2)
  clock.advance(HOUR_MS)
  await read({})
  t.equal(audited.length, 3)
})

t.test('what is sought goes through the redactor, but for ids of requests', async (t) => {
  const { audited, read } = build({ redactor: { ...plainRedactor, text: () => '[hidden]' } })
  await read({ client: '203.0.113.4', request_id: '019ab3c4-5d6e' })
  await read({ request_id: 'someone@example.org' })
  t.match(audited, [
    { notes: 'searched by client [hidden], request_id 019ab3c4-5d6e' },
    { notes: 'searched by request_id [hidden]' },
  ])
})

t.test('a read that cannot be entered is refused, each time, with the cause', async (t) => {
  const cause = new Error('the disk is full')
  const { read } = build({ audit: { append: () => Promise.reject(cause) } })
  for (const query of [{}, {}, { client: 'a' }]) {
    const error = await read(query).catch((refusal: unknown) => refusal)
    t.ok(error instanceof NotAccounted)
    t.match(error, { cause })
  }
})

t.test('remembers a bounded number of searches', async (t) => {
  const { audited, read } = build()
  await read({ client: 'first' })
  for (let i = 0; i < 1000; i += 1) await read({ client: `other-${i}` })
  await read({ client: 'other-999', cursor: 'x' })
  t.equal(audited.length, 1001)
  await read({ client: 'first', cursor: 'x' })
  t.equal(audited.length, 1002, 'forgotten, so it is entered again')
})
