import type { Exchange } from '@drawbridge/plugin-kit'
import t from 'tap'
import { findOverdue } from '../src/overdue.ts'
import { thresholds } from './thresholds.ts'

t.test('names what a conversation waits for, the moment it is too long', async (t) => {
  const cases = [
    ['sending', 'client', 'client_body', 1000],
    ['sending', 'backend', 'write', 2000],
    ['waiting', 'backend', 'response_header', 3000],
    ['receiving', 'backend', 'read', 4000],
    ['receiving', 'client', 'client_read', 5000],
  ] as const
  for (const [phase, waitingFor, kind, ms] of cases) {
    const exchange = createExchange({ phase, waitingFor })
    t.equal(findOverdue(exchange, 10_000 + ms - 1, thresholds), undefined, `${phase} ${waitingFor}`)
    t.equal(findOverdue(exchange, 10_000 + ms, thresholds), kind)
  }
})

t.test('says nothing of connections being made, tunnels and what is done', async (t) => {
  for (const phase of ['connecting', 'tunnel', 'done'] as const)
    t.equal(findOverdue(createExchange({ phase }), 1e9, thresholds), undefined, phase)
})

function createExchange(fields: Partial<Exchange>): Exchange {
  return {
    phase: 'waiting',
    waitingFor: 'backend',
    lastProgressAt: 10_000,
    startedAt: 0,
    fail() {},
    clientClosed() {},
    ...fields,
  }
}
