import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'
import { createLineOutput } from '../src/line-output.ts'
import { makeFolder } from './support/log-app.ts'

t.test('writes whole lines in order, and the last ones when it stops', async (t) => {
  const file = join(makeFolder(t), 'out')
  const descriptor = openSync(file, 'w')
  t.teardown(() => closeSync(descriptor))
  const output = createLineOutput({ clock: createTestClock(), log: silent([]), descriptor })
  output.append('one')
  await output.flush()
  output.append('two')
  output.append('three')
  await output.stop()
  t.equal(readFileSync(file, 'utf8'), 'one\ntwo\nthree\n')
})

t.test('a reader that is gone costs one sentence', async (t) => {
  const lines: string[] = []
  const output = createLineOutput({ clock: createTestClock(), log: silent(lines), descriptor: 99_999 })
  for (const text of ['one', 'two']) {
    output.append(text)
    await output.flush()
  }
  t.strictSame(lines, ['lines of the request log are lost'])
})

function silent(lines: string[]) {
  const take = (_facts: object, message: string) => void lines.push(message)
  return { debug: take, info: take, warn: take, error: take }
}
