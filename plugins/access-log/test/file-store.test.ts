import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FileStore, RequestEntry, Subject } from '@drawbridge/plugin-kit'
import t from 'tap'
import { formatter } from '../src/formats.ts'
import { createLogFileStore } from '../src/log-file-store.ts'
import { FORMATS, type Format } from '../src/options.ts'
import { END, makeEntry } from './support/entry.ts'
import { buildLogApp, type Teardown } from './support/log-app.ts'

const DAY_MS = 86_400_000
const NOBODY: Subject = { cidrs: [], pseudonyms: [], text: '', requestIds: [] }
const SECOND = Math.floor(END / 1000)

const ALICE = makeEntry({
  path: '/alice',
  pseudonym: 'alice-alice-alic',
  requestId: 'request-of-alice',
  clientAddress: '203.0.113.0',
})
const BOB = makeEntry({
  path: '/bob',
  pseudonym: 'bob-bob-bob-bob-',
  requestId: 'request-of-bob',
  clientAddress: '198.51.100.0',
  query: 'm=Bob%40A.test',
})
const CARL = makeEntry({ path: '/carl', pseudonym: '', requestId: 'request-of-carl', clientAddress: '2001:db8:1:2::' })

const SUBJECTS: readonly (readonly [string, Partial<Subject>, string])[] = [
  ['a pseudonym', { pseudonyms: ['of-another-day--', 'alice-alice-alic'] }, '/alice'],
  ['a network', { cidrs: ['198.51.0.0/16'] }, '/bob'],
  ['a network of IPv6', { cidrs: ['2001:db8:1::/48'] }, '/carl'],
  ['an address whose mask is shared with others', { cidrs: ['203.0.113.45/32'] }, ''],
  ['an address written alone', { cidrs: ['203.0.113.45'] }, ''],
  ['text, however it is written', { text: 'bob@a.test' }, '/bob'],
  ['nothing', {}, ''],
]

for (const format of FORMATS) {
  for (const [title, subject, expected] of SUBJECTS) {
    t.test(`${format}: finds and erases the lines of ${title}`, async (t) => {
      const { store, write, read } = build(t)
      await write(format, [ALICE, BOB, CARL])
      const sought = { ...NOBODY, ...subject }
      const found = await store.find(sought, 10)
      t.equal(found.length, expected === '' ? 0 : 1)
      if (expected !== '') t.match(found[0], { line: new RegExp(expected) })
      t.equal(await store.erase(sought), found.length)
      const left = read()
      for (const path of ['/alice', '/bob', '/carl']) t.equal(left.includes(path), path !== expected, path)
    })
  }
}

for (const format of ['json', 'ecs'] as const) {
  t.test(`${format}: finds lines by request id`, async (t) => {
    const { store, write, read } = build(t)
    await write(format, [ALICE, BOB])
    t.equal(await store.erase({ ...NOBODY, requestIds: ['request-of-bob'] }), 1)
    t.notMatch(read(), /bob/)
  })
}

t.test('an erased file keeps its mode, and lines that arrive meanwhile', async (t) => {
  const { store, write, read, folder, log } = build(t)
  await write('combined', [ALICE, BOB])
  const erasing = store.erase({ ...NOBODY, pseudonyms: [ALICE.pseudonym] })
  log.files.sink({ host: 'panel.test', format: 'combined' }).append(formatter('combined')(CARL, ''))
  t.equal(await erasing, 1)
  await log.files.flush()
  t.match(read(), /bob[\s\S]*carl/)
  t.notMatch(read(), /alice/)
  for (const name of readdirSync(folder)) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
})

t.test('a file of which nothing is left goes, and comes back with the next line', async (t) => {
  const { store, write, folder } = build(t)
  await write('json', [ALICE])
  t.equal(await store.erase({ ...NOBODY, pseudonyms: [ALICE.pseudonym] }), 1)
  t.strictSame(readdirSync(folder), ['panel.test.json.log'], 'the name that leads to it stays')
  await write('json', [BOB])
  t.match(readFileSync(join(folder, 'panel.test.json.log'), 'utf8'), /bob/)
})

t.test('purges by age: whole days, and the lines of a day that are too old', async (t) => {
  const { store, write, clock, read, folder } = build(t)
  await write('json', [ALICE])
  clock.advance(DAY_MS)
  const at = (hours: number, path: string) => makeEntry({ path, time: END + DAY_MS + hours * 3_600_000, durationMs: 0 })
  await write('json', [at(0, '/first'), at(2, '/second')])
  const before = SECOND + 86_400 + 3600
  t.strictSame(await store.purge({ routeHost: 'vault.test', before }), { count: 0 })
  t.strictSame(await store.purge({ routeHost: 'panel.test', before }), {
    count: 2,
    oldest: SECOND,
    newest: SECOND + 86_400,
  })
  t.match(read(), /second/)
  t.notMatch(read(), /alice|first/)
  t.strictSame(readdirSync(folder).sort(), ['panel.test.json.2026-11-23.log', 'panel.test.json.log'])
})

t.test('tells whose files there are, also of hosts that are no longer served', async (t) => {
  const { store, folder } = build(t)
  t.strictSame(await store.routeHosts(), [])
  mkdirSync(folder, { recursive: true })
  for (const name of [
    '_unknown.json.2026-01-01.log',
    'gone.test.combined.2026-01-01.log',
    'gone.test.ecs.2026-01-02.log',
    'README',
  ])
    writeFileSync(join(folder, name), '')
  t.strictSame([...(await store.routeHosts())].sort(), ['', 'gone.test'])
})

t.test('what a crash left of a rewrite is removed before anything is read', async (t) => {
  const { store, folder } = build(t)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'panel.test.json.2026-11-22.log.tmp'), 'alice')
  await store.erase(NOBODY)
  t.strictSame(readdirSync(folder), [])
})

function build(t: Teardown) {
  const { log, clock, folder: data } = buildLogApp(t)
  const folder = join(data, 'logs/access')
  const store: FileStore = createLogFileStore(log.files)
  return {
    log,
    clock,
    folder,
    store,
    async write(format: Format, entries: readonly RequestEntry[]) {
      const record = log.recorder({ database: false, files: [format] }, 'panel.test')
      for (const entry of entries) record?.(entry)
      await log.files.flush()
    },
    read: () =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .join(''),
  }
}
