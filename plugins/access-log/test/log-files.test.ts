import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'
import { createLineQueue } from '../src/line-queue.ts'
import { parseFileName, toFileName } from '../src/log-file-name.ts'
import { createLogFiles } from '../src/log-files.ts'
import { makeFolder, type Teardown } from './support/log-app.ts'

const EVENING = Date.UTC(2026, 10, 22, 23, 59, 59)

t.test('a day of a host has a file of its own; a name that stays leads to the last one', async (t) => {
  const { files, clock, folder } = open(t)
  const sink = files.sink({ host: 'panel.test', format: 'combined' })
  sink.append('one')
  clock.advance(1000)
  sink.append('two')
  await files.flush()
  sink.append('three')
  await files.flush()
  t.strictSame(readdirSync(folder).sort(), [
    'panel.test.combined.2026-11-22.log',
    'panel.test.combined.2026-11-23.log',
    'panel.test.combined.log',
  ])
  t.equal(readFileSync(join(folder, 'panel.test.combined.2026-11-22.log'), 'utf8'), 'one\n')
  t.equal(readFileSync(join(folder, 'panel.test.combined.log'), 'utf8'), 'two\nthree\n')
})

t.test('nobody else may read them', async (t) => {
  const { files, folder } = open(t)
  files.sink({ host: 'panel.test', format: 'json' }).append('{}')
  await files.flush()
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.equal(statSync(join(folder, 'panel.test.json.2026-11-22.log')).mode & 0o777, 0o600)
})

t.test('lines wait half a second, and are written when the gateway stops', async (t) => {
  const { files, clock, folder } = open(t)
  const sink = files.sink({ host: '', format: 'json' })
  sink.append('one')
  t.throws(() => readdirSync(folder), { code: 'ENOENT' })
  await files.stop()
  t.equal(readFileSync(join(folder, '_unknown.json.log'), 'utf8'), 'one\n')
  clock.advance(1000)
})

const HOSTS = [
  '',
  'panel.test',
  '*.example.org',
  '_unknown',
  '../../etc/passwd',
  '.hidden',
  'a/b',
  'bücher.example',
  'x.json',
  '.',
  '..',
]

t.test('no host name leaves the folder, and each comes back from the name of its file', async (t) => {
  for (const host of HOSTS) {
    const name = toFileName({ host, format: 'json', day: '2026-11-22' })
    t.match(name, /^(_unknown|[a-z0-9%][\w.%-]*)\.json\.2026-11-22\.log$/, host)
    t.strictSame(parseFileName(name), { host, format: 'json', day: '2026-11-22' }, host)
  }
  t.equal(parseFileName('panel.test.json.log'), undefined)
  t.equal(parseFileName('%zz.json.2026-11-22.log'), undefined)
})

t.test('a folder that cannot be written costs lines and one sentence, and heals', async (t) => {
  const { files, folder, lines } = open(t)
  writeFileSync(folder, 'a file in the way')
  const sink = files.sink({ host: 'panel.test', format: 'json' })
  for (const text of ['1', '2', '3']) {
    sink.append(text)
    await files.flush()
  }
  t.match(lines, [{ level: 'error', message: 'lines of the request log are lost' }])
  t.equal(lines.length, 1)
  rmSync(folder)
  mkdirSync(folder)
  sink.append('4')
  await files.flush()
  t.match(lines[1], { level: 'info', facts: { lines: 3 } })
  t.match(readFileSync(join(folder, 'panel.test.json.log'), 'utf8'), /^\n?4\n$/)
})

t.test('a queue takes what fits and counts the rest', async (t) => {
  const queue = createLineQueue(20)
  t.strictSame(
    ['123456789', '123456789', '1'].map((line) => queue.push(line)),
    [true, true, false],
  )
  t.equal(queue.takeDropped(), 1)
  t.equal(queue.takeDropped(), 0)
  t.equal(queue.take(), '123456789\n123456789\n')
  t.equal(queue.take(), '')
})

function open(t: Teardown) {
  const folder = join(makeFolder(t), 'logs/access')
  mkdirSync(join(folder, '..'))
  const clock = createTestClock(EVENING)
  const lines: { level: string; message: string; facts: object }[] = []
  const at = (level: string) => (facts: object, message: string) => void lines.push({ level, message, facts })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return { files: createLogFiles({ folder, clock, log }), folder, clock, lines }
}
