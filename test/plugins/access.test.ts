import { plugin as access, createAccessPlugin } from '@drawbridge/plugin-access'
import { plugin as errorPages } from '@drawbridge/plugin-error-pages'
import type { RequestRecord } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'
import WebSocket, { WebSocketServer } from 'ws'
import {
  makePlugin,
  type PluginSetting,
  sendRaw,
  startBackend,
  startGateway,
  type Teardown,
} from '../support/fixtures.ts'

/** A gateway that believes the test about whose request it is. */
async function startGuarded(t: Teardown, setting: PluginSetting, clock = createTestClock()) {
  const records: RequestRecord[] = []
  const probe = makePlugin({
    name: 'probe',
    phase: 'trace',
    wire(_app, _options, host) {
      host.onFinish((record) => records.push(record))
    },
  })
  const reached: string[] = []
  const { url } = await startBackend(t, (request, response) => {
    reached.push(request.url ?? '')
    response.end('in')
  })
  const { port } = await startGateway(t, {
    routes: { 'a.test': url },
    plugins: [setting, [probe]],
    clock,
    config: { trustedProxies: ['127.0.0.1'] },
  })
  const ask = async (client: string, path = '/') => {
    const answer = await sendRaw(
      port,
      `GET ${path} HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: ${client}\r\nConnection: close\r\n\r\n`,
    )
    return Number(answer.split(' ', 2)[1])
  }
  return { ask, port, records, reached, clock }
}

t.test('only addresses of the allow list pass, and none of the deny list', async (t) => {
  const options = { allow: ['192.168.0.0/16', '2001:db8:42::/48'], deny: ['192.168.66.0/24'] }
  const { ask, records, reached } = await startGuarded(t, [access, options])
  for (const [client, status] of [
    ['192.168.1.7', 200],
    ['::ffff:192.168.1.7', 200],
    ['[::ffff:c0a8:0107]:4711', 200],
    ['192.168.66.7', 403],
    ['::ffff:192.168.66.7', 403],
    ['203.0.113.7', 403],
    ['2001:db8:42:7::1', 200],
    ['2001:DB8:43::1', 403],
  ] as const)
    t.equal(await ask(client), status, client)
  t.equal(reached.length, 4)
  const refused = records.filter(({ status }) => status === 403)
  t.same([...new Set(refused.map(({ cause }) => cause))], ['DRAWBRIDGE_ACCESS_ADDRESS_REFUSED'])
  t.same(
    refused.map(({ decisions }) => decisions),
    ['deny', 'deny', 'allow', 'allow'].map((list) => [{ by: 'access', what: 'refused', facts: { list } }]),
  )
})

t.test('a path has its own allow list, and no way to write it leads around', async (t) => {
  const { ask, reached } = await startGuarded(t, [
    access,
    {
      deny: ['198.51.100.66'],
      paths: [
        { path: '/admin/*', allow: ['192.168.1.10'] },
        { path: '/admin/open', allow: ['all'] },
        { path: '*.sql', deny: ['all'] },
      ],
    },
  ])
  const variants = [
    '/admin',
    '/admin/users',
    '/ADMIN/users',
    '//admin/users',
    '/%61dmin/users',
    '/admin%2fusers',
    '/x/../admin/users',
    '/./admin/users',
    '/admin;v=1/users',
    '/admin/users?x=1',
    '/admin/open/../users',
    '/dump.SQL',
    '/dump.sql/',
  ]
  for (const path of variants) t.equal(await ask('203.0.113.7', path), 403, path)
  t.same(reached, [])
  t.equal(await ask('192.168.1.10', '/admin/users'), 200)
  t.equal(await ask('203.0.113.7', '/admin/open'), 200)
  t.equal(await ask('203.0.113.7', '/administration'), 200)
  t.equal(await ask('198.51.100.66', '/admin/open'), 403, "the route's deny holds everywhere")
})

t.test('ALL is everybody as well, and not the name of a host that nobody has', async (t) => {
  const closed = await startGuarded(t, [access, { deny: ['ALL'] }])
  t.equal(await closed.ask('203.0.113.7'), 403)
  const open = await startGuarded(t, [access, { allow: ['10.0.0.1'], paths: [{ path: '/open', allow: ['All'] }] }])
  t.equal(await open.ask('203.0.113.7', '/open'), 200)
})

t.test('a path that leads to different pages in different backends is refused before it gets to any', async (t) => {
  const { ask, reached } = await startGuarded(t, [access, { paths: [{ path: '/admin/*', allow: ['192.168.1.10'] }] }])
  // To policy, too, these were something other than /admin/users once, while Node's own URL made /admin/users of the first three.
  const variants = [
    '/admin//../users',
    '/x%2fy/../../admin/users',
    '/admin/;x/../users',
    '/admin/..%2fpublic',
    '/public;x%2f..%2f..%2fadmin/users',
  ]
  for (const path of variants) t.equal(await ask('203.0.113.7', path), 400, path)
  t.same(reached, [])
})

t.test('a DNS name lets in the line it points to, follows it, and outlasts a silent name server', async (t) => {
  let answer: readonly string[] | undefined
  const resolving = createAccessPlugin(async (name, family) => {
    if (answer === undefined) throw new Error(`no answer for ${name}`)
    return answer.filter((address) => address.includes(':') === (family === 6))
  })
  const { ask, clock } = await startGuarded(t, [resolving, { allow: ['home.test'] }])
  const next = async (found: readonly string[] | undefined) => {
    answer = found
    clock.advance(60_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.equal(await ask('203.0.113.7'), 403, 'a name that was never found allows nobody')
  await next(['203.0.113.7', '2001:db8:1:2::5'])
  t.equal(await ask('203.0.113.7'), 200)
  t.equal(await ask('2001:db8:1:2:aaaa::9'), 200, 'another device of the same line')
  t.equal(await ask('2001:db8:1:3::5'), 403)
  await next(undefined)
  t.equal(await ask('203.0.113.7'), 200)
  await next(['203.0.113.8'])
  t.equal(await ask('203.0.113.7'), 403)
  t.equal(await ask('203.0.113.8'), 200)
})

t.test('a forwarding header of somebody who is not trusted does not help', async (t) => {
  const { url } = await startBackend(t, (_request, response) => response.end('in'))
  const { port } = await startGateway(t, { routes: { 'a.test': url }, plugins: [[access, { allow: ['192.168.1.7'] }]] })
  const answer = await sendRaw(
    port,
    'GET / HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 192.168.1.7\r\nConnection: close\r\n\r\n',
  )
  t.match(answer, /^HTTP\/1\.1 403 /)
})

t.test('refuses WebSocket upgrades as well, and lets others through', async (t) => {
  const backend = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  t.teardown(() => backend.close())
  await new Promise((resolve) => backend.once('listening', resolve))
  const { port: backendPort } = backend.address() as { port: number }
  const { port } = await startGateway(t, {
    routes: { 'a.test': `http://127.0.0.1:${backendPort}` },
    plugins: [[access, { allow: ['192.168.1.7'] }]],
    config: { trustedProxies: ['127.0.0.1'] },
  })
  const upgrade = (client: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
        headers: { host: 'a.test', 'x-forwarded-for': client },
      })
      socket.on('open', () => {
        socket.terminate()
        resolve('open')
      })
      socket.on('error', (error) => resolve(error.message))
    })
  t.equal(await upgrade('192.168.1.7'), 'open')
  t.match(await upgrade('192.168.1.8'), /403/)
})

t.test('the page of a refusal says nothing about the address', async (t) => {
  const { url } = await startBackend(t, (_request, response) => response.end('in'))
  const { port } = await startGateway(t, {
    routes: { 'a.test': url },
    plugins: [[access, { deny: ['all'] }], [errorPages]],
  })
  const answer = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  t.match(answer, /^HTTP\/1\.1 403 /)
  t.notMatch(answer, /127\.0\.0\.1/)
})
