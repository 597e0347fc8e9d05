import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServices } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'
import { openDatabase } from '../src/database.ts'
import { createGeoipService } from '../src/geoip-service.ts'

const CORPUS = join(import.meta.dirname, '../../../../shared/corpora/geoip')
const skip = existsSync(CORPUS) ? false : 'the GeoIP collection ../shared/corpora/geoip is not here'
const MEGABYTE = 1024 ** 2
const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')

interface Teardown {
  teardown(action: () => unknown): void
}

function buildService(t: Teardown, wallStart?: number) {
  const clock = createTestClock(wallStart)
  const lines: string[] = []
  const say = (facts: object, message: string) => lines.push(`${message} ${JSON.stringify(facts)}`)
  const { host } = createServices({ log: { debug: say, info: say, warn: say, error: say }, clock })
  const service = createGeoipService(host)
  t.teardown(() => service.stop?.())
  return { service, clock, lines }
}

function makeFolder(t: Teardown): string {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-geoip-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 1))
}

t.test("every row of MaxMind's test databases comes out right", { skip }, async (t) => {
  const { service } = buildService(t)
  const rows = readFileSync(join(CORPUS, 'expected.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const locators = new Map<string, ReturnType<typeof service.acquire>['locator']>()
  let wrong = 0
  for (const row of rows) {
    const locator = locators.get(row.db) ?? service.acquire([join(CORPUS, row.db)]).locator
    locators.set(row.db, locator)
    // What the built-in database adds for a file that knows networks only is not in the file.
    const { country, city, continent, asn } = locator.locate(row.ip)
    const expected = [
      row.db.includes('ASN') ? country : (row.country ?? ''),
      row.city ?? '',
      row.continent ?? continent,
    ]
    const found = [country, row.city === undefined ? '' : city, continent]
    if (JSON.stringify(found) !== JSON.stringify(expected) || asn !== (row.asn ?? 0)) {
      wrong += 1
      t.same({ found, asn }, { found: expected, asn: row.asn ?? 0 }, JSON.stringify(row))
    }
  }
  t.equal(wrong, 0)
  t.equal(rows.length, 1221)
})

t.test('a hostile database is unknown, and neither ends, stops nor fills the process', { skip }, async (t) => {
  const bad = readdirSync(join(CORPUS, 'bad')).map((name) => join(CORPUS, 'bad', name))
  const odd = readdirSync(CORPUS)
    .filter((name) => /Broken|Invalid|broken|no-ipv4/.test(name))
    .map((name) => join(CORPUS, name))
  const addresses = [
    '1.1.1.1',
    '2.125.160.217',
    '81.2.69.142',
    '255.255.255.255',
    '::1:2',
    '2001:db8::1',
    '2001:218::1',
  ]
  for (const path of [...bad, ...odd]) {
    const { service, lines } = buildService(t)
    const before = process.memoryUsage.rss()
    const { locator } = service.acquire([path])
    for (const address of addresses)
      for (let i = 0; i < 3; i += 1) t.match(locator.locate(address).country, /^(?:[A-Z]{2})?$/, `${path} ${address}`)
    t.ok(process.memoryUsage.rss() - before < 64 * MEGABYTE, path)
    t.ok(lines.filter((line) => !line.includes('half a year old')).length <= 1, lines.join('\n'))
    if (bad.includes(path)) t.equal(locator.locate('1.1.1.1').country, '', path)
  }
})

t.test('a file that lies about its contents is refused before it costs anything', async (t) => {
  const value = (...bytes: number[]) => Buffer.concat([Buffer.alloc(64), MARKER, Buffer.from(bytes)])
  const doubling = [0xe1, 0x41, 0x61]
  // Forty arrays, each with the next one twice: decoded, it would have 2^40 values.
  for (let i = 0; i < 40; i += 1) doubling.push(0x02, 0x04, 0x20, 3 + i * 6 + 6, 0x20, 3 + i * 6 + 6)
  for (const [title, contents, message] of [
    ['an empty file', Buffer.alloc(0), /no database/],
    ['zeros', Buffer.alloc(MEGABYTE), /no database/],
    ['a compressed file', Buffer.from([0x1f, 0x8b, 8, 0]), /unpack it/],
    ['an array of 16 million', value(0xe1, 0x41, 0x61, 0x1f, 0x04, 0xff, 0xff, 0xff), /too large/],
    ['a pointer to itself', value(0xe1, 0x41, 0x61, 0x20, 3), /too deeply nested/],
    ['a bomb of pointers', value(...doubling), /too large/],
    ['a text longer than the file', value(0xe1, 0x41, 0x61, 0x5f, 0xff, 0xff, 0xff), /too long/],
    ['no map', value(0x41, 0x61), /damaged/],
  ] as const)
    t.throws(() => openDatabase(contents), { message }, title)
})

t.test('a new version of a file takes over, and a broken one does not', { skip }, async (t) => {
  const { service, clock, lines } = buildService(t)
  const folder = makeFolder(t)
  const path = join(folder, 'live.mmdb')
  copyFileSync(join(CORPUS, 'GeoLite2-ASN-Test.mmdb'), path)
  const { locator, release } = service.acquire([path])
  t.equal(locator.locate('1.128.0.1').asn, 1221)
  const [entry] = service.databases()

  const look = async (holds: () => boolean) => {
    clock.advance(10_000)
    await until(holds)
  }
  copyFileSync(join(CORPUS, 'GeoLite2-City-Test.mmdb'), join(folder, 'new.mmdb'))
  renameSync(join(folder, 'new.mmdb'), path)
  await look(() => entry?.file.version === 2)
  t.match(locator.locate('2.125.160.217'), { country: 'GB', city: 'Boxford' })
  t.equal(locator.locate('1.128.0.1').asn, 0, 'nothing of the old one is remembered')

  writeFileSync(path, readFileSync(join(CORPUS, 'GeoLite2-City-Test.mmdb')).subarray(0, 9000))
  await look(() => entry?.file.problem !== undefined)
  t.equal(locator.locate('2.125.160.217').country, 'GB')
  rmSync(path)
  await look(() => /no such file/.test(entry?.file.problem ?? ''))
  await look(() => true)
  t.equal(locator.locate('2.125.160.217').country, 'GB')
  t.equal(lines.filter((line) => line.includes('the version before stays in use')).length, 2, 'each said once')

  copyFileSync(join(CORPUS, 'GeoLite2-Country-Test.mmdb'), path)
  await look(() => entry?.file.problem === undefined)
  t.match(locator.locate('2.125.160.217'), { country: 'GB', city: '' })
  release()
  t.same(
    service.databases().filter(({ isBuiltIn }) => !isBuiltIn),
    [],
  )
})

t.test('countries are known without any database of the operator', async (t) => {
  const { service } = buildService(t)
  const { locator } = service.acquire([])
  t.same(
    ['8.8.8.8', '193.99.144.80', '2003::1', '2a02:8388::1', '::ffff:193.99.144.80'].map(
      (address) => locator.locate(address).country,
    ),
    ['US', 'DE', 'DE', 'AT', 'DE'],
  )
  for (const address of [
    '10.1.2.3',
    '192.168.1.1',
    '127.0.0.1',
    '::1',
    'fd00::1',
    'fe80::1',
    '100.64.0.1',
    '::ffff:10.0.0.1',
  ])
    t.equal(locator.locate(address).isLocal, true, address)
  for (const text of ['', 'unknown', '999.1.1.1', '8.8.8.8:443', 'fe80::1%eth0'])
    t.equal(locator.locate(text).country, '', text)
})

t.test('the built-in database fills in for one of networks, never for one that is broken', { skip }, async (t) => {
  const { service } = buildService(t)
  const networks = service.acquire([join(CORPUS, 'GeoLite2-ASN-Test.mmdb')]).locator
  t.match(networks.locate('1.0.0.1'), { asn: 15_169, country: /^[A-Z]{2}$/ })
  const missing = service.acquire(['/nowhere/at-all.mmdb']).locator
  t.equal(missing.locate('193.99.144.80').country, '')
})

t.test('a database that is older than half a year is said to be, once for each version of it', { skip }, async (t) => {
  const path = join(makeFolder(t), 'places.mmdb')
  const day = 86_400_000
  copyFileSync(join(CORPUS, 'GeoLite2-Country-Test.mmdb'), path)
  const { builtAt = 0 } = openDatabase(readFileSync(path))
  const { service, clock, lines } = buildService(t, builtAt + 183 * day)
  const said = () => lines.filter((line) => line.includes('half a year old')).length
  service.acquire([path]).release()
  t.equal(said(), 0)
  clock.advance(day)
  service.acquire([path])
  t.equal(said(), 1)
  clock.advance(600_000)
  t.equal(said(), 1)
  t.match(lines.at(-1), /places\.mmdb.*"days":184/)
})

t.test('what is no file is never read: a folder, a device, a pipe', async (t) => {
  const { service, lines } = buildService(t)
  const folder = makeFolder(t)
  const pipe = join(folder, 'pipe.mmdb')
  execFileSync('mkfifo', [pipe])
  for (const [path, problem] of [
    [folder, 'it is a folder: name the file in it'],
    ['/dev/zero', 'it is no file'],
    [pipe, 'it is no file'],
    [join(folder, 'missing.mmdb'), 'there is no such file'],
  ] as const) {
    t.equal(service.acquire([path]).locator.locate('193.99.144.80').country, '')
    const entry = service.databases().find(({ file }) => file.path === path)
    t.equal(entry?.file.problem, problem)
    t.match(lines.at(-1), problem)
    const said = lines.length
    await entry?.file.refresh()
    t.equal(lines.length, said, 'said once')
  }
})
