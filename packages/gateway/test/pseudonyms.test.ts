import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'
import { createPseudonyms } from '../src/pseudonyms.ts'

const DAY_MS = 86_400_000
const DAY_S = 86_400

t.test('one address has one pseudonym a day, which says nothing about it', async (t) => {
  const { pseudonyms, clock } = make(t)
  const today = pseudonyms.of('203.0.113.45')
  t.match(today, /^[\w-]{16}$/)
  t.equal(pseudonyms.of('203.0.113.45'), today)
  t.not(pseudonyms.of('203.0.113.46'), today)
  clock.advance(DAY_MS)
  t.not(pseudonyms.of('203.0.113.45'), today, 'another key tomorrow')
})

t.test('IPv6 addresses of one /64 are one client', async (t) => {
  const { pseudonyms } = make(t)
  t.equal(pseudonyms.of('2001:db8::1'), pseudonyms.of('2001:db8:0:0:ffff:1:2:3'))
  t.not(pseudonyms.of('2001:db8::1'), pseudonyms.of('2001:db8:0:1::1'))
})

t.test('an address is found again under the keys of all days kept, also after a restart', async (t) => {
  const { pseudonyms, clock, file, restart } = make(t)
  const days = [0, 1, 2].map(() => {
    const pseudonym = pseudonyms.of('203.0.113.45')
    clock.advance(DAY_MS)
    return pseudonym
  })
  const again = restart()
  t.strictSame(again.allOf('203.0.113.45').slice(0, 3), days)
  t.equal(statSync(file).mode & 0o777, 0o600, 'for nobody else to read')
})

t.test('a forgotten key is gone from memory and file', async (t) => {
  const { pseudonyms, clock, file } = make(t)
  const first = pseudonyms.of('203.0.113.45')
  const keyOfFirst = Object.values(JSON.parse(readFileSync(file, 'utf8')))[0] as string
  clock.advance(DAY_MS)
  const second = pseudonyms.of('203.0.113.45')
  t.equal(await pseudonyms.forget(clock.wallNow() / 1000 - DAY_S), 0, 'the first day ended later than that')
  t.equal(await pseudonyms.forget(clock.wallNow() / 1000), 1)
  t.strictSame(pseudonyms.allOf('203.0.113.45'), [second])
  t.not(first, second)
  t.notMatch(readFileSync(file, 'utf8'), keyOfFirst)
})

t.test('a key file that cannot be written or read is logged, and pseudonyms go on', async (t) => {
  const { pseudonyms, errors, restart } = make(t, (file) => mkdirSync(file, { recursive: true }))
  t.equal(pseudonyms.of('203.0.113.45'), pseudonyms.of('203.0.113.45'))
  t.match(errors, [/cannot be read/, /not saved/])
  const { file, errors: others, restart: again } = make(t)
  writeFileSync(file, '{"truncated":')
  t.match(again().of('203.0.113.45'), /^[\w-]{16}$/)
  t.match(others, [/cannot be read/])
  t.ok(restart())
})

function make(t: { teardown(action: () => unknown): void }, prepare: (file: string) => void = () => {}) {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-pseudonyms-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'keys.json')
  prepare(file)
  const clock = createTestClock()
  const errors: string[] = []
  const note = (_facts: object, message: string) => void errors.push(message)
  const log = { debug: note, info: note, warn: note, error: note }
  const restart = () => createPseudonyms({ file, clock, log })
  return { pseudonyms: restart(), clock, file, errors, restart }
}
