import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import t from 'tap'
import { readStrictResponses } from '../../../test/security/strict-response.ts'
import { makePlugin, sendRaw, startBackend, startGateway, startRawBackend } from '../../../test/support/fixtures.ts'
import { bodyOf, digestOf } from './bodies.ts'
import { openClient, requestText } from './raw-client.ts'
import { untilStill } from './still.ts'

// All backend connections read into one buffer: whatever waits must have been copied out of it.
const OTHERS = 'B'.repeat(60_000)
const OTHER_GET = requestText('GET /', ['Connection: close']).replace('app.test', 'other.test')
const LARGE_BYTES = 24 * 1024 * 1024

t.test('what waits for its other half is not written over by the answers of others', async (t) => {
  const whole =
    'HTTP/1.1 200 OK\r\nX-Long: 0123456789\r\nTransfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\n0\r\nX-Sum: 12345\r\n\r\n'
  const { url: other } = await startBackend(t, (_request, response) => response.end(OTHERS))
  let go = () => {}
  let cut = 0
  const { url } = await startRawBackend(t, (socket) => {
    socket.on('data', () => {
      socket.write(whole.slice(0, cut))
      go = () => socket.write(whole.slice(cut))
      arrived.resolve()
    })
  })
  let arrived = Promise.withResolvers<void>()
  const { port } = await startGateway(t, { routes: { 'app.test': url, 'other.test': other } })
  for (cut = 1; cut < whole.length; cut += 3) {
    arrived = Promise.withResolvers<void>()
    const client = openClient(t, port, requestText('GET /', ['Connection: close']))
    await arrived.promise
    t.ok((await sendRaw(port, OTHER_GET)).endsWith(OTHERS))
    go()
    const received = await client.closed
    const [answer] = readStrictResponses(received, ['GET']).answers
    t.match(received, /\r\nX-Long: 0123456789\r\n[\s\S]*\r\nX-Sum: 12345\r\n\r\n$/, `cut at ${cut}`)
    t.equal(answer?.body, 'hello', `cut at ${cut}`)
  }
})

const claiming = makePlugin({ name: 'claiming', response: () => ({ claimsBody: () => true }) })

for (const { way, plugins } of [
  { way: 'directly', plugins: [] },
  { way: 'through a plugin', plugins: [[claiming]] },
] as const) {
  for (const framing of ['a length', 'chunks']) {
    t.test(
      `what a slow client has not taken is not written over by the answers of others: ${way}, ${framing}`,
      async (t) => {
        const body = bodyOf(1, LARGE_BYTES)
        let sent = 0
        const { url } = await startBackend(t, async (_request, response) => {
          if (framing === 'a length') response.setHeader('content-length', body.length)
          for (; sent < body.length; sent += 50_000)
            if (!response.write(body.subarray(sent, sent + 50_000)))
              await new Promise((resolve) => response.once('drain', resolve))
          response.end()
        })
        const { url: other } = await startBackend(t, (_request, response) => response.end(OTHERS.repeat(20)))
        const { port } = await startGateway(t, { routes: { 'app.test': url, 'other.test': other }, plugins })
        const slow = readSlowly(port)
        await untilStill(() => sent)
        for (let i = 0; i < 5; i += 1) t.ok((await sendRaw(port, OTHER_GET)).includes(OTHERS))
        t.equal(await slow.finish(), digestOf(body))
      },
    )
  }
}

/** Asks for `/` in HTTP/1.0, so that the body comes as it is, and takes nothing of it before it is told to finish. */
function readSlowly(port: number): { finish(): Promise<string> } {
  const socket = connect(port, '127.0.0.1')
  socket.pause().write('GET / HTTP/1.0\r\nHost: app.test\r\n\r\n')
  return {
    async finish() {
      const hash = createHash('sha256')
      let isBody = false
      for await (const chunk of socket) {
        const bytes = chunk as Buffer
        const headEnd = isBody ? 0 : bytes.indexOf('\r\n\r\n') + 4
        isBody = true
        hash.update(bytes.subarray(headEnd))
      }
      return hash.digest('hex')
    },
  }
}
