import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t, { type Test } from 'tap'
import { watchConfig } from '../src/index.ts'

const route = (host: string) => `host: ${host}\nbackend: demo\n`

/** A watch keeps no process alive, so the test has to. */
function stayAlive(t: Test): void {
  const timer = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(timer))
}

/** Starts a watch of files on disk; `next()` resolves at the next change. */
async function startWatch(
  t: Test,
  files: Parameters<Test['testdir']>[0],
  options: { file?: string; more?: string } = {},
) {
  stayAlive(t)
  const folder = t.testdir(files)
  let told = () => {}
  const state = { changes: 0 }
  const watch = await watchConfig({
    file: path.join(folder, options.file ?? 'drawbridge.yaml'),
    debounceMs: 30,
    pollMs: 60_000,
    files: () => (options.more === undefined ? [] : [path.join(folder, options.more)]),
    onChange: () => {
      state.changes += 1
      told()
    },
  })
  t.teardown(() => watch.close())
  const next = () => new Promise<void>((resolve) => (told = resolve))
  return { folder, state, next }
}

t.test('a changed, an added and a removed route file are changes', async (t) => {
  const { folder, state, next } = await startWatch(t, {
    'drawbridge.yaml': '',
    routes: { 'a.yaml': route('a.example') },
  })
  for (const change of [
    () => writeFileSync(path.join(folder, 'routes/a.yaml'), route('b.example')),
    () => writeFileSync(path.join(folder, 'routes/c.yaml'), route('c.example')),
    () => rmSync(path.join(folder, 'routes/c.yaml')),
    () => writeFileSync(path.join(folder, 'drawbridge.yaml'), 'data: x\n'),
  ]) {
    const changed = next()
    change()
    await changed
  }
  t.equal(state.changes, 4)
})

t.test('an editor that replaces the file is seen, and seen again', async (t) => {
  const { folder, state, next } = await startWatch(t, { 'a.yaml': route('a.example') }, { file: 'a.yaml' })
  for (const host of ['b.example', 'c.example']) {
    const changed = next()
    writeFileSync(path.join(folder, 'a.yaml~'), route(host))
    renameSync(path.join(folder, 'a.yaml~'), path.join(folder, 'a.yaml'))
    await changed
  }
  t.equal(state.changes, 2)
})

t.test('a ConfigMap, exchanged by its link, is a change', async (t) => {
  const { folder, state, next } = await startWatch(t, {
    'drawbridge.yaml': '',
    routes: {
      '..one': { 'a.yaml': route('a.example') },
      '..two': { 'a.yaml': route('b.example') },
      '..data': t.fixture('symlink', '..one'),
      'a.yaml': t.fixture('symlink', '..data/a.yaml'),
    },
  })
  const changed = next()
  symlinkSync('..two', path.join(folder, 'routes/..tmp'))
  renameSync(path.join(folder, 'routes/..tmp'), path.join(folder, 'routes/..data'))
  await changed
  t.equal(state.changes, 1)
})

t.test('the folder of the routes may appear later', async (t) => {
  const { folder, state, next } = await startWatch(t, { 'drawbridge.yaml': '' })
  const changed = next()
  mkdirSync(path.join(folder, 'routes'))
  writeFileSync(path.join(folder, 'routes/a.yaml'), route('a.example'))
  await changed
  const changedAgain = next()
  writeFileSync(path.join(folder, 'routes/a.yaml'), route('b.example'))
  await changedAgain
  t.equal(state.changes, 2)
})

t.test('a folder that was taken away and comes back is watched again', async (t) => {
  const { folder, state, next } = await startWatch(t, {
    'drawbridge.yaml': '',
    routes: { 'a.yaml': route('a.example') },
  })
  const routes = path.join(folder, 'routes')
  for (const change of [
    () => rmSync(routes, { recursive: true }),
    () => {
      mkdirSync(routes)
      writeFileSync(path.join(routes, 'a.yaml'), route('b.example'))
    },
    () => writeFileSync(path.join(routes, 'a.yaml'), route('c.example')),
  ]) {
    const changed = next()
    change()
    await changed
  }
  t.equal(state.changes, 3)
})

t.test('what fires no event, such as a secret elsewhere, is found by the poll', async (t) => {
  const folder = t.testdir({ conf: { 'drawbridge.yaml': '' }, secrets: { token: 'one' } })
  const clock = createTestClock()
  let changes = 0
  let told = () => {}
  const changed = new Promise<void>((resolve) => {
    told = resolve
  })
  const watch = await watchConfig({
    file: path.join(folder, 'conf/drawbridge.yaml'),
    files: () => [path.join(folder, 'secrets/token')],
    onChange: () => {
      changes += 1
      told()
    },
    clock,
  })
  t.teardown(() => watch.close())
  writeFileSync(path.join(folder, 'secrets/token'), 'two')
  const turn = setInterval(() => clock.advance(5000), 5)
  t.teardown(() => clearInterval(turn))
  await changed
  t.equal(changes, 1)
})
