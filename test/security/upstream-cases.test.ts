import type { Socket } from 'node:net'
import t from 'tap'
import { startGateway, startRawBackend, type Teardown, type TestGateway } from '../support/fixtures.ts'
import { type Row, readRows } from './corpus.ts'
import { ask, get } from './raw-client.ts'
import { readStrictResponses } from './strict-response.ts'

const HEALTHY = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine'
const EXPECTED = new Set(['200', '502', '502-or-clean', 'truncated', 'no-retry', 'retry-once'])

const found = readRows()
if ('absent' in found) t.plan(0, found.absent)
else {
  for (const row of found.rows.filter(({ side }) => side === 'response')) {
    t.test(`${row.id}: ${row.why}`, async (t) => {
      const { port } = await startWith(t, (socket) => answerWith(socket, row))
      const received = await ask(port, get('/case'))
      t.equal(judge(row, received), undefined)
      const next = await ask(port, get('/next'))
      t.same(summary(next), [[200, 'fine']], 'the next client gets its own answer')
    })
  }

  const retryRows = found.rows.filter(({ expect }) => expect === 'no-retry' || expect === 'retry-once')
  for (const row of retryRows) {
    t.test(`${row.id}: ${row.why}`, async (t) => {
      let heads = 0
      // Every connection answers once; the second request on it finds it being closed.
      const { port } = await startWith(t, (socket) => {
        let requests = 0
        socket.on('data', () => {
          requests += 1
          if (requests > 1) {
            heads += 1
            socket.resetAndDestroy()
          } else socket.write(HEALTHY)
        })
      })
      await ask(port, get('/warm'))
      const received = await ask(port, row.raw.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
      t.equal(heads, 1, 'the kept connection broke when it was used again')
      t.same(
        summary(received).map(([status]) => status),
        [row.expect === 'retry-once' ? 200 : 502],
      )
    })
  }

  t.test('all the cases about backends are played here', async (t) => {
    const played = new Set(found.rows.filter(({ side }) => side === 'response').map(({ expect }) => expect))
    for (const { expect } of retryRows) played.add(expect)
    t.same([...played].sort(), [...EXPECTED].sort())
  })
}

function startWith(t: Teardown, onSocket: (socket: Socket) => void): Promise<TestGateway> {
  return startRawBackend(t, onSocket).then(({ url }) => startGateway(t, { routes: { 'app.test': url } }))
}

/** Plays the row to the first request, and is a good backend to the others. */
function answerWith(socket: Socket, row: Row): void {
  socket.on('data', (chunk: Buffer) => {
    if (!chunk.toString('latin1').startsWith('GET /case ')) return socket.write(HEALTHY)
    if (row.raw === '') return socket.resetAndDestroy()
    socket.write(row.raw, 'latin1')
    if (row.expect === 'truncated') socket.end()
    return undefined
  })
}

function judge(row: Row, received: string): string | undefined {
  const { answers, problem } = readStrictResponses(received, ['GET'])
  const [answer] = answers
  if (row.expect === 'truncated') {
    const isCut = problem !== undefined && received.includes('short')
    return isCut ? undefined : `not cut: ${JSON.stringify(received)}`
  }
  if (problem !== undefined || answer === undefined || answers.length !== 1)
    return `${problem}: ${JSON.stringify(received)}`
  if (received.includes('poison')) return 'surplus bytes reached a client'
  if (row.expect === '502' && answer.status !== 502) return `answered ${answer.status}`
  if (row.expect === '200' && answer.status !== 200) return `answered ${answer.status}`
  if (row.expect === '502-or-clean' && answer.status >= 500 && answer.status !== 502) return `answered ${answer.status}`
  if (row.id === 'up-resp-1xx' && !/^HTTP\/1\.1 103 [^\r]*\r\nLink: /.test(received)) return 'the early hints are lost'
  const cookies = answer.headers.filter(([name]) => name === 'set-cookie')
  return row.id === 'up-resp-setcookie2' && cookies.length !== 2 ? 'the two cookies are not two' : undefined
}

function summary(received: string): [number, string][] {
  return readStrictResponses(received, ['GET']).answers.map(({ status, body }) => [status, body])
}
