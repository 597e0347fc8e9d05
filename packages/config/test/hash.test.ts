import t from 'tap'
import { inShort, loadText } from './support/load-text.ts'

const base = 'host: a.example\nbackend: http://app:3000\n'

function hashOf(route: string, main = '', more: Readonly<Record<string, string>> = {}): string | undefined {
  const result = loadText({ 'drawbridge.yaml': main, 'routes/a.yaml': route, ...more })
  t.strictSame(inShort(result), [])
  return result.config?.routes[0]?.hash
}

t.test('the hash of a route is the same for what means the same', async (t) => {
  const hash = hashOf(`${base}timeouts: { connect: 5s, read: 1m }\n`)
  for (const same of [
    `# comment\nbackend: http://app:3000\nhost: A.example.\ntimeouts:\n  read: 60\n  connect: 5000ms\n`,
    `${base}timeouts: { read: 60s, connect: 5 }\nupgrades: [WebSocket]\nheaders: false\n`,
  ])
    t.equal(hashOf(same), hash)
  t.equal(hashOf(base, 'defaults: { timeouts: { connect: 5s, read: 1m } }\n'), hash, 'wherever it is written')
})

t.test('the hash changes with everything that matters', async (t) => {
  const hashes = [
    hashOf(base),
    hashOf(`${base}forwarded: true\n`),
    hashOf(`${base}host_header: upstream\n`),
    hashOf(`${base}upgrades: []\n`),
    hashOf(`${base}timeouts: { read: 31s }\n`),
    hashOf(`${base}timeouts: false\n`),
    hashOf(base, 'defaults: { timeouts: { read: 32s } }\n'),
    hashOf(base.replace('3000', '3001')),
    hashOf(base.replace('a.example', '[a.example, b.example]')),
  ]
  t.equal(new Set(hashes).size, hashes.length)
})

t.test('the hash changes with the content of files that are read', async (t) => {
  const route = `${base}headers: { request: { add: { X-Key: "\${file:../key}" } } }\n`
  t.not(hashOf(route, '', { key: 'one' }), hashOf(route, '', { key: 'two' }))
})
