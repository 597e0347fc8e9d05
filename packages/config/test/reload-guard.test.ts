// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolation is what is tested
import t from 'tap'
import { inShort, loadText } from './support/load-text.ts'
import { memoryReaders, systemError } from './support/memory-readers.ts'

const route = 'host: a.example\nbackend: demo\n'
const running = loadText({ 'drawbridge.yaml': 'data: x\n', 'routes/a.yaml': route }).config

t.test('a routes folder that went away or became empty never takes the routes with it', async (t) => {
  const unreadable = { 'drawbridge.yaml': 'data: x\n' }
  const readers = {
    ...memoryReaders(unreadable),
    readDir: (folder: string) => {
      throw systemError(folder === 'routes' ? 'EACCES' : 'ENOTDIR')
    },
  }
  for (const [result, state] of [
    [loadText({ 'drawbridge.yaml': 'data: x\n' }, { previous: running }), 'does not exist'],
    [loadText({ 'drawbridge.yaml': 'data: x\n', 'routes/notes.txt': '' }, { previous: running }), 'has no routes'],
    [loadText({ 'drawbridge.yaml': 'data: x\n', 'routes/a.yaml': '' }, { previous: running }), 'has no routes'],
    [loadText(unreadable, { previous: running, readers }), 'may not be read by this user'],
  ] as const) {
    t.match(
      inShort(result).filter((line) => line.startsWith('error')),
      [
        `error[routes-vanished] drawbridge.yaml:1:1 the folder routes ${state}, but 1 routes are running; they are kept`,
      ],
      state,
    )
    t.notOk(result.config)
    t.notOk(result.partial)
  }
})

t.test('the guard also sees the folder behind routes from elsewhere, and a change to an empty folder', async (t) => {
  const elsewhere = loadText(
    { 'drawbridge.yaml': 'include: [more.yaml]\n', 'more.yaml': route.replace('a.', 'b.') },
    { previous: running },
  )
  t.match(inShort(elsewhere), [/routes-vanished/])
  const moved = loadText({ 'drawbridge.yaml': 'routes: other\n', 'other/notes.txt': '' }, { previous: running })
  t.match(inShort(moved), [/routes-vanished\] drawbridge.yaml:1:9 the folder other has no routes/])
})

t.test('settings that went away are kept, too', async (t) => {
  const emptied = loadText({ 'drawbridge.yaml': '', 'routes/a.yaml': route }, { previous: running })
  t.match(inShort(emptied), [/^error\[settings-vanished\] drawbridge.yaml:1:1 drawbridge.yaml is empty/])
  const files = { 'conf/drawbridge.yaml': 'data: x\n', 'conf/routes/a.yaml': route }
  const first = loadText(files, { file: 'conf' })
  const { 'conf/drawbridge.yaml': _gone, ...rest } = files
  t.match(inShort(loadText(rest, { file: 'conf', previous: first.config })), [/conf\/drawbridge.yaml does not exist/])
})

t.test('removing some routes, or writing an empty list, is an ordinary change', async (t) => {
  const two = loadText({
    'drawbridge.yaml': '',
    'routes/a.yaml': route,
    'routes/b.yaml': route.replace('a.', 'b.'),
  }).config
  t.equal(loadText({ 'drawbridge.yaml': '', 'routes/a.yaml': route }, { previous: two }).config?.routes.length, 1)
  t.equal(loadText({ 'drawbridge.yaml': 'routes: []\n' }, { previous: running }).config?.routes.length, 0)
})

t.test('at the first start an empty folder is a warning', async (t) => {
  for (const files of [{ 'drawbridge.yaml': '' }, { 'drawbridge.yaml': '', 'routes/notes.txt': '' }]) {
    const result = loadText(files)
    t.match(inShort(result), [/^warning\[no-routes\] drawbridge.yaml:1:1 there are no routes: the folder routes /])
    t.equal(result.config?.routes.length, 0)
  }
})

t.test('a reload gives the same result as a fresh load', async (t) => {
  const files = { 'drawbridge.yaml': 'defaults: { timeouts: { read: "${env:READ}" } }\n', 'routes/a.yaml': route }
  const first = loadText(files, { env: { READ: '10s' } })
  const same = loadText(files, { env: { READ: '10s' }, previous: first.config })
  t.equal(same.config?.routes[0]?.hash, first.config?.routes[0]?.hash)
  const other = loadText(files, { env: { READ: '20s' }, previous: first.config })
  t.not(other.config?.routes[0]?.hash, first.config?.routes[0]?.hash, 'the environment is read anew')
  const broken = loadText(
    { ...files, 'routes/a.yaml': `${route}x: 1\n` },
    { env: { READ: '10s' }, previous: first.config },
  )
  t.match(inShort(broken), [/unknown key "x"/])
})
