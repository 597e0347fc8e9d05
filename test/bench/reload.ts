/**
 * 30,000 requests over 64 kept-alive connections while one route's file changes 20 times: none may fail, and a WebSocket and an
 * event stream of another route must live through it.
 * Run: node --conditions=@drawbridge/source test/bench/reload.ts [--built]
 */
import { Agent, createServer, get, request } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from '../support/fixtures.ts'
import { type GatewayProcess, startProcess } from '../support/gateway-process.ts'
import { runScript, wait } from '../support/script.ts'

const REQUESTS = 30_000
const CONNECTIONS = 64
const CHANGES = 20

await runScript(async (t, report) => {
  const port = await startBackend(t)
  const routeFile = (mark: number) =>
    `host: busy.test\nbackend: http://127.0.0.1:${port}\nheaders: { response: { add: { X-Mark: "${mark}" } } }\n`
  const files = {
    'routes/busy.yaml': routeFile(0),
    'routes/calm.yaml': `host: calm.test\nbackend: http://127.0.0.1:${port}\n`,
  }
  const gateway = await startProcess(t, { files, isBuilt: process.argv.includes('--built') })
  const socket = await openWebSocket(gateway)
  const stream = openEventStream(gateway)

  let isChanging = true
  const changes = changeFile(gateway, routeFile).finally(() => {
    isChanging = false
  })
  const { sent, failed, marks } = await sendRequests(gateway, () => isChanging)
  await changes

  report.add('requests failed', String(failed), `0 of ${sent}, at least ${REQUESTS}`, failed === 0 && sent >= REQUESTS)
  report.add('versions of the route seen', String(marks.size), `${CHANGES + 1}`, marks.size === CHANGES + 1)
  const echoed = await socket.echo('still here')
  report.add('WebSocket of the other route', echoed, 'still here', echoed === 'still here')
  report.add(
    'event stream of the other route',
    `${stream.events()} events`,
    'open',
    stream.isOpen() && stream.events() > 0,
  )
  socket.close()
  stream.close()
  await gateway.stop()
})

async function startBackend(t: { teardown(action: () => unknown): void }): Promise<number> {
  const server = createServer((incoming, response) => {
    if (incoming.url !== '/events') {
      response.end('ok')
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const timer = setInterval(() => response.write('data: tick\n\n'), 100)
    response.on('close', () => clearInterval(timer))
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (client) => client.on('message', (data) => client.send(data.toString())))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return listen(server)
}

/** At least 30,000 requests, and as many more as it takes for the file's changes. */
async function sendRequests(gateway: GatewayProcess, isChanging: () => boolean) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const marks = new Set<string>()
  let failed = 0
  let sent = 0
  const worker = async () => {
    while (sent < REQUESTS || isChanging()) {
      sent += 1
      const mark = await requestMark(gateway, agent)
      if (mark === undefined) failed += 1
      else marks.add(mark)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  agent.destroy()
  return { sent, failed, marks }
}

function requestMark(gateway: GatewayProcess, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(
      { port: gateway.port, host: '127.0.0.1', agent, headers: { host: 'busy.test' } },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode === 200 ? String(response.headers['x-mark']) : undefined))
      },
    )
    outgoing.on('error', () => resolve(undefined))
    outgoing.end()
  })
}

/** Asks until the route answers with this mark; throws after ten seconds. */
async function untilMark(gateway: GatewayProcess, mark: string): Promise<void> {
  const agent = new Agent()
  for (const end = performance.now() + 10_000; (await requestMark(gateway, agent)) !== mark; await wait(10)) {
    if (performance.now() > end) throw new Error(`mark ${mark} never came into force:\n${gateway.output().stderr}`)
  }
}

/** Changes the file twenty times, each time waiting until the change is in force. */
async function changeFile(gateway: GatewayProcess, routeFile: (mark: number) => string): Promise<void> {
  for (let mark = 1; mark <= CHANGES; mark += 1) {
    gateway.write('routes/busy.yaml', routeFile(mark))
    await untilMark(gateway, String(mark))
  }
}

async function openWebSocket(gateway: GatewayProcess) {
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/`, { headers: { host: 'calm.test' } })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return {
    echo(text: string): Promise<string> {
      if (socket.readyState !== WebSocket.OPEN) return Promise.resolve('closed')
      socket.send(text)
      return new Promise((resolve) => socket.once('message', (data) => resolve(data.toString())))
    },
    close: () => socket.close(),
  }
}

function openEventStream(gateway: GatewayProcess) {
  let events = 0
  let isOpen = true
  const outgoing = get(
    { port: gateway.port, host: '127.0.0.1', path: '/events', headers: { host: 'calm.test' }, agent: false },
    (response) => {
      response.on('data', () => (events += 1))
      response.on('close', () => (isOpen = false))
    },
  )
  outgoing.on('error', () => (isOpen = false))
  return { events: () => events, isOpen: () => isOpen, close: () => outgoing.destroy() }
}
