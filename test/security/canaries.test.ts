import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { echoListener, listen, sendRaw, startBackend, startRawBackend, type Teardown } from '../support/fixtures.ts'
import { type GatewayProcess, startProcess } from '../support/gateway-process.ts'
import { runCommand } from '../support/run-command.ts'

/** Secrets and personal data as clients send them, each where it may turn up. None of them may be in anything the gateway wrote. */
const CANARIES = {
  authorization: 'Zk9authcanary7Qw2Lm8Rt5',
  basicPassword: 'basiccanary:Hq8vT2pLw9',
  cookie: 'Zk9cookiecanary7Qw2Lm8Rt5',
  apiKey: 'Zk9apikeycanary7Qw2Lm8Rt5',
  queryToken: 'Zk9querycanary7Qw2Lm8Rt5',
  queryEmail: 'query.canary',
  pathToken: 'a3f1canary5e7b9d2c4f6a8b0d1e3f5a7c9b1d3e5f7a9c1b3d5e7f9a1c3e5b7d9f1a3c5e',
  pathEmail: 'path.canary',
  referrerToken: 'Zk9referercanary7Qw2Lm8Rt5',
  userAgentEmail: 'agent.canary',
  webSocketToken: 'Zk9wscanary7Qw2Lm8Rt5',
  body: 'Zk9bodycanary7Qw2Lm8Rt5',
  upstream: 'Zk9upstreamcanary7Qw2Lm8Rt5',
  setCookie: 'Zk9setcookiecanary7Qw2Lm8Rt5',
  location: 'Zk9locationcanary7Qw2Lm8Rt5',
  configuration: 'Zk9configcanary7Qw2Lm8Rt5',
  ipv4: '198.51.100.77',
  ipv6: '2001:db8:aaaa:bbbb:c:d:e:f',
  unknownHost: 'unknown-host-canary',
} as const

/** Without these the search below would find nothing because nothing was there. */
const TRACES = [
  '203.0.113.xxx',
  '198.51.100.0',
  '2001:db8:aaaa:bbbb',
  '[REDACTED]',
  '[email]',
  'config_reload',
  '/auth/password/reset/',
]

t.test('no secret and no client address is in anything that the gateway writes', async (t) => {
  const gateway = await startLoaded(t)
  for (const address of [CANARIES.ipv4, CANARIES.ipv6]) await sendLoadedRequests(gateway, address)
  await changeConfiguration(gateway)
  const answers = await useAdminCommands(t, gateway)
  t.equal(await gateway.stop(), 0)
  const { stdout, stderr } = gateway.output()
  const written = new Map([
    ['standard output', Buffer.from(stdout)],
    ['standard error', Buffer.from(stderr)],
    ...answers.map(([command, text]) => [command, Buffer.from(text)] as const),
    ...readTree(join(gateway.folder, 'data')),
  ])
  for (const trace of TRACES)
    t.ok(
      [...written].some(([, bytes]) => contains(bytes, trace)),
      `what may be written is: ${trace}`,
    )
  for (const [what, canary] of Object.entries(CANARIES)) {
    const places = [...written].filter(([, bytes]) => contains(bytes, canary)).map(([name]) => name)
    t.strictSame(places, [], `${what} is nowhere`)
  }
})

const TOKEN_PATHS = [
  `/auth/password/reset/${CANARIES.pathToken}`,
  `/verify/${CANARIES.pathEmail}@example.org/x`,
  `/verify/${CANARIES.pathEmail}%40example.org/x`,
]

async function startLoaded(t: Teardown): Promise<GatewayProcess> {
  const echo = await startBackend(t, (incoming, answer) => {
    answer.setHeader('set-cookie', `session=${CANARIES.setCookie}`)
    answer.setHeader('location', `/next?token=${CANARIES.location}`)
    if (incoming.url?.startsWith('/500')) answer.statusCode = 500
    void echoListener(incoming, answer)
  })
  const broken = await startRawBackend(t, (socket) => {
    socket.once('data', () => socket.end(`HTTP/1.1 2x0 ${CANARIES.upstream}\r\nX-Secret: ${CANARIES.upstream}\r\n\r\n`))
  })
  const dead = await deadPort()
  return startProcess(t, {
    env: { CANARY: CANARIES.configuration, DRAWBRIDGE_LOG_LEVEL: 'debug' },
    files: {
      'drawbridge.yaml': `listen: { http: "127.0.0.1:0" }
admin: { listen: "127.0.0.1:0" }
trusted_proxies: [127.0.0.1]
defaults:
  access_log: { files: [json, combined, vcombined, ecs], stdout: json }
`,
      'routes/echo.yaml': route('echo.test', echo.url),
      'routes/broken.yaml': route('broken.test', broken.url),
      'routes/dead.yaml': route('dead.test', `http://127.0.0.1:${dead}`),
    },
  })
}

function route(host: string, backend: string, mark = 'one'): string {
  const secret = '$' + '{env:CANARY}'
  return `host: ${host}\nbackend: ${backend}\nheaders: { request: { add: { X-Backend-Key: "${secret}", X-Mark: ${mark} } } }\nlimits: { max_url: 2kb }\n`
}

async function sendLoadedRequests(gateway: GatewayProcess, address: string): Promise<void> {
  const query = `token=${CANARIES.queryToken}&email=${CANARIES.queryEmail}%40example.org&a%5Btoken%5D=${CANARIES.queryToken}`
  for (const host of ['echo.test', 'broken.test', 'dead.test', `${CANARIES.unknownHost}@x`, 'other.test']) {
    for (const path of ['/', '/500', ...TOKEN_PATHS, `/long/${'x'.repeat(3000)}`])
      await send(gateway, { host, address, path: `${path}?${query}` })
  }
  await sendRaw(
    gateway.port,
    `GET /\u0000${CANARIES.queryToken} HTTP/1.1\r\nHost: echo.test\r\nX-Forwarded-For: ${address}\r\n\r\n`,
  )
  await sendRaw(
    gateway.port,
    `GET /ws?token=${CANARIES.queryToken} HTTP/1.1\r\nHost: echo.test\r\nX-Forwarded-For: ${address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${CANARIES.webSocketToken}\r\n\r\n`,
    /\r\n\r\n/,
  )
}

function send(
  gateway: GatewayProcess,
  { host, address, path }: { host: string; address: string; path: string },
): Promise<void> {
  return new Promise((resolve) => {
    const headers = {
      host,
      'x-forwarded-for': address,
      authorization: `Bearer ${CANARIES.authorization}`,
      'proxy-authorization': `Basic ${Buffer.from(CANARIES.basicPassword).toString('base64')}`,
      cookie: `session=${CANARIES.cookie}`,
      'x-api-key': CANARIES.apiKey,
      referer: `https://user:${CANARIES.referrerToken}@example.org/page?token=${CANARIES.referrerToken}#${CANARIES.referrerToken}`,
      'user-agent': `Bot/1.0 (${CANARIES.userAgentEmail}@example.org)`,
      'content-type': 'application/json',
    }
    const call = request(gateway.url, { method: 'POST', path, headers, agent: false }, (answer) => {
      answer.resume()
      answer.on('close', () => resolve())
    })
    call.on('error', () => resolve())
    call.end(JSON.stringify({ password: CANARIES.body }))
  })
}

/** A reload writes to the audit log what changed: the secret from the environment stands in both. */
async function changeConfiguration(gateway: GatewayProcess): Promise<void> {
  gateway.write('routes/dead.yaml', route('dead.test', 'http://127.0.0.1:9', 'two'))
  await gateway.waitFor(/configuration applied/)
  gateway.write('routes/dead.yaml', `${route('dead.test', 'http://127.0.0.1:9', 'two')}unknown_key: 1\n`)
  await gateway.waitFor(/configuration refused/)
}

/** Whatever looks at or for a person must not write or print them either. Resolves with what was printed. */
async function useAdminCommands(t: Test, gateway: GatewayProcess): Promise<[string, string][]> {
  const answers: [string, string][] = []
  for (const args of [
    ['logs', '--client', CANARIES.ipv4],
    ['privacy', 'access', '--ip', CANARIES.ipv4],
    ['privacy', 'access', '--text', `${CANARIES.pathEmail}@example.org`],
    ['privacy', 'erase', '--ip', CANARIES.ipv6, '--dry-run'],
    ['privacy', 'register'],
    ['audit', 'list'],
    ['audit', 'verify'],
    ['audit', 'export'],
    ['audit', 'history'],
    ['retention', 'run'],
  ]) {
    const { code, stdout, stderr } = await runCommand(gateway.folder, ...args)
    t.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    answers.push([args.slice(0, 2).join(' '), stdout + stderr])
  }
  return answers
}

async function deadPort(): Promise<number> {
  const server = createServer((socket: Socket) => socket.destroy())
  const port = await listen(server)
  server.close()
  return port
}

function* readTree(folder: string): Generator<[string, Buffer]> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    yield [file.slice(folder.length), readFileSync(file)]
  }
}

/** As it is, or in the encodings in which it might be kept. */
function contains(bytes: Buffer, canary: string): boolean {
  const forms = [canary, Buffer.from(canary).toString('base64').replace(/=+$/, ''), encodeURIComponent(canary)]
  return forms.some((form) => bytes.includes(form) || bytes.includes(Buffer.from(form, 'utf16le')))
}
