import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { plugin as timeouts } from '@drawbridge/plugin-timeouts'
import t from 'tap'
import { makeConfig, sendRaw, type Teardown } from '../support/fixtures.ts'
import { type Row, readRows } from './corpus.ts'
import { type Stage, startStage } from './stage.ts'

const GOOD = 'GET /good HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n'
const IMPATIENT = { listen: { ...makeConfig({ routes: {} }).listen, headerTimeoutMs: 200, idleTimeoutMs: 200 } }

const found = readRows()
if ('absent' in found) t.plan(0, found.absent)
else {
  const rowOf = (id: string): Row => {
    const row = found.rows.find((row) => row.id === id)
    if (row === undefined) throw new Error(`there is no case ${id} any more`)
    return row
  }

  for (const id of ['res-slowloris', 'ws-slow-handshake']) {
    t.test(`${id}: 300 heads that never end are closed, others are served meanwhile`, async (t) => {
      const stage = await startStage(t, { config: IMPATIENT })
      const slow = await openMany(t, stage, { bytes: rowOf(id).raw, count: 300 })
      t.match(await sendRaw(stage.port, GOOD), /^HTTP\/1\.1 200 /)
      t.equal(await allClosed(slow), 300)
      t.same(
        stage.app.requests().map(({ target }) => target),
        ['/good'],
        'none of them reached the backend',
      )
    })
  }

  t.test('res-idle-keepalive: an idle connection is closed after its answer', async (t) => {
    const stage = await startStage(t, { config: IMPATIENT })
    const received = await sendRaw(stage.port, rowOf('res-idle-keepalive').raw)
    t.match(received, /^HTTP\/1\.1 200 [\s\S]*ok$/, 'and nothing but the answer came over it')
  })

  for (const { id, drip } of [
    { id: 'res-slow-body', drip: '' },
    { id: 'res-slow-body', drip: 'a' },
    { id: 'res-chunked-over-limit', drip: '' },
  ]) {
    const how = drip === '' ? 'that stops' : 'that only drips'
    t.test(`${id}: a body ${how} is answered with 408, and the backend's request is aborted`, async (t) => {
      const stage = await startStage(t, { plugins: [[timeouts, { client_body: '200ms', min_upload_rate: 1000 }]] })
      const client = connect(stage.port, '127.0.0.1')
      client.on('error', () => {})
      client.write(rowOf(id).raw, 'latin1')
      const dripping = setInterval(() => drip !== '' && client.write(drip), 50)
      t.teardown(() => clearInterval(dripping))
      const received = await readAll(client)
      t.match(received, /^HTTP\/1\.1 408 /)
      t.same(stage.app.requests(), [], 'the backend never had a whole request')
      t.ok(
        stage.app.connections.every(({ isClosed }) => isClosed),
        'and its connection is gone',
      )
    })
  }

  t.test('res-early-close: a client that leaves takes its request at the backend along', async (t) => {
    const stage = await startStage(t)
    const client = connect(stage.port, '127.0.0.1')
    client.write(rowOf('res-early-close').raw, 'latin1')
    const [connection] = await until(
      () => stage.app.connections,
      ([one]) => (one?.pending.length ?? 0) > 0,
    )
    t.equal(connection?.isClosed, false)
    client.destroy()
    await until(
      () => stage.app.connections,
      (all) => all.every(({ isClosed }) => isClosed),
    )
    t.same(stage.app.requests(), [])
    t.match(await sendRaw(stage.port, GOOD), /^HTTP\/1\.1 200 /, 'the gateway goes on')
  })

  t.test('all the cases about time are played here', async (t) => {
    const ids = found.rows.filter(({ expect }) => expect === 'timeout' || expect === 'abort').map(({ id }) => id)
    t.same(ids.sort(), ['res-early-close', 'res-idle-keepalive', 'res-slow-body', 'res-slowloris', 'ws-slow-handshake'])
  })
}

async function openMany(
  t: Teardown,
  { port }: Stage,
  { bytes, count }: { bytes: string; count: number },
): Promise<Promise<unknown>[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  const closed = sockets.map((socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)))
  for (const socket of sockets) socket.resume().write(bytes, 'latin1')
  await Promise.all(sockets.map((socket) => (socket.connecting ? once(socket, 'connect') : undefined)))
  return closed
}

async function allClosed(closed: readonly Promise<unknown>[]): Promise<number> {
  return (await Promise.all(closed)).length
}

async function readAll(socket: Socket): Promise<string> {
  let received = ''
  socket.setEncoding('latin1').on('data', (text: string) => (received += text))
  await new Promise((resolve) => socket.on('close', resolve))
  return received
}

/** Waits, within the test's own time, until what is looked at is as it should be. */
async function until<T>(look: () => T, isRight: (seen: T) => boolean): Promise<T> {
  while (!isRight(look())) await new Promise((resolve) => setImmediate(resolve))
  return look()
}
