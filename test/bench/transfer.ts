/**
 * 1 GiB up and 1 GiB down through the gateway: how much does the process grow? And does a client that does not read make it buffer?
 * Run: node --conditions=@drawbridge/source test/bench/transfer.ts [--built]
 */
import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { listen } from '../support/fixtures.ts'
import { type GatewayProcess, startProcess } from '../support/gateway-process.ts'
import { type Report, runScript, wait } from '../support/script.ts'

const GIB = 1024 ** 3
const CHUNK = Buffer.alloc(64 * 1024, 'x')
const ROUTE = (port: number) => `host: big.test\nbackend: http://127.0.0.1:${port}\nlimits: { max_request_body: 2gb }\n`

await runScript(async (t, report) => {
  let received = 0
  let sent = 0
  const backend = createServer((incoming, response) => {
    if (incoming.method === 'POST') {
      incoming.on('data', (chunk: Buffer) => (received += chunk.length))
      incoming.on('end', () => response.end('done'))
      return
    }
    response.writeHead(200, { 'content-length': String(GIB) })
    const more = () => {
      while (sent < GIB && response.write(CHUNK)) sent += CHUNK.length
      if (sent < GIB) sent += CHUNK.length
      if (sent >= GIB) response.end()
    }
    response.on('drain', more)
    more()
  })
  t.teardown(() => backend.close())
  const port = await listen(backend)
  const gateway = await startProcess(t, {
    files: { 'routes/big.yaml': ROUTE(port) },
    isBuilt: process.argv.includes('--built'),
  })

  await measure(gateway, report, '1 GiB down', () => download(gateway.port))
  await measure(gateway, report, '1 GiB up', () => upload(gateway.port))
  report.add('bytes that reached the backend', String(received), String(GIB), received === GIB)
  sent = 0
  await slowReader(gateway, report, () => sent)
})

async function measure(
  gateway: GatewayProcess,
  report: Report,
  name: string,
  transfer: () => Promise<number>,
): Promise<void> {
  await wait(500)
  const before = gateway.rssMiB()
  let most = before
  const timer = setInterval(() => (most = Math.max(most, gateway.rssMiB())), 50)
  const start = performance.now()
  const bytes = await transfer()
  clearInterval(timer)
  const seconds = (performance.now() - start) / 1000
  report.add(`${name}: bytes`, String(bytes), String(GIB), bytes === GIB)
  report.add(
    `${name}: growth`,
    `${(most - before).toFixed(0)} MiB`,
    `< 64 MiB, from ${before.toFixed(0)}`,
    most - before < 64,
  )
  report.add(`${name}: speed`, `${(1024 / seconds).toFixed(0)} MiB/s`, 'for colour', true)
}

function download(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', headers: { host: 'big.test' } }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => (bytes += chunk.length))
      response.on('end', () => resolve(bytes))
    })
      .on('error', reject)
      .end()
  })
}

function upload(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let sent = 0
    const headers = { host: 'big.test', 'content-length': String(GIB) }
    const outgoing = request({ port, host: '127.0.0.1', method: 'POST', headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(sent))
    })
    const more = () => {
      while (sent < GIB) {
        sent += CHUNK.length
        if (!outgoing.write(CHUNK)) return
      }
      outgoing.end()
    }
    outgoing.on('drain', more)
    outgoing.on('error', reject)
    more()
  })
}

/** A client that asks for 1 GiB and reads nothing for five seconds. */
async function slowReader(gateway: GatewayProcess, report: Report, sent: () => number): Promise<void> {
  const before = gateway.rssMiB()
  const socket = connect(gateway.port, '127.0.0.1')
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nHost: big.test\r\n\r\n')
  await wait(5000)
  const mib = sent() / 1024 ** 2
  const growth = gateway.rssMiB() - before
  socket.destroy()
  report.add(
    'slow reader: taken from the backend',
    `${mib.toFixed(1)} MiB`,
    '< 32 MiB, kernel buffers included',
    mib < 32,
  )
  report.add('slow reader: growth', `${growth.toFixed(0)} MiB`, '< 16 MiB', growth < 16)
}
