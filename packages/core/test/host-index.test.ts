import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { createHostIndex } from '../src/host-index.ts'

t.test('exact names come first, then the longest wildcard', async (t) => {
  const index = createHostIndex(
    new Map([
      ['example.org', 'apex'],
      ['*.example.org', 'wild'],
      ['*.b.example.org', 'wilder'],
      ['a.b.example.org', 'exact'],
    ]),
  )
  const cases: [host: string, entry: string | undefined][] = [
    ['example.org', 'apex'],
    ['EXAMPLE.org.:8080', 'apex'],
    ['a.b.example.org', 'exact'],
    ['c.b.example.org', 'wilder'],
    ['d.c.b.example.org', 'wilder'],
    ['b.example.org', 'wild'],
    ['x.example.org', 'wild'],
    ['xexample.org', undefined],
    ['example.org.evil.test', undefined],
    ['org', undefined],
  ]
  for (const [host, entry] of cases) t.equal(index.find(host).entry, entry, host)
})

t.test('says what the name is, also of hosts that nobody serves', async (t) => {
  const index = createHostIndex(new Map([['app.test', 1]]))
  t.same(index.find('Other.Test:80'), { host: 'other.test', entry: undefined })
  t.same(index.find('a, b'), { host: undefined, entry: undefined })
  t.same(index.find(''), { host: undefined, entry: undefined })
})

t.test('carries hundreds of hosts', async (t) => {
  const hosts = Array.from({ length: 500 }, (_, i) => `host${i}.example.org`)
  const index = createHostIndex(new Map(hosts.map((host, i) => [host, i])))
  for (const [i, host] of hosts.entries()) t.equal(index.find(`${host.toUpperCase()}:443`).entry, i)
})

t.test('finds the same at the first look and at all later ones', async (t) => {
  const index = createHostIndex(new Map([['app.test', 1]]))
  for (let i = 0; i < 10_000; i += 1) index.find(`host${i}.test`)
  t.same(index.find('app.test'), { host: 'app.test', entry: 1 })
  t.same(index.find('app.test'), { host: 'app.test', entry: 1 })
})

t.test('does not keep what clients make up: its memory is bounded', async (t) => {
  const index = createHostIndex(new Map([['app.test', 1]]))
  const before = heapBytes()
  for (let i = 0; i < 5000; i += 1) index.find(`${'x'.repeat(20_000)}${i}.test`)
  for (let i = 0; i < 50_000; i += 1) index.find(`host${i}.test`)
  t.ok(heapBytes() - before < 16 * 1024 * 1024)
})

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
