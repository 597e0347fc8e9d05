import path from 'node:path'
import { formatFindings, loadConfig } from '@drawbridge/config'
import { plugin as timeouts } from '@drawbridge/plugin-timeouts'
import t from 'tap'
import { REQUIREMENT_23 } from '../support/requirement-snippets.ts'

t.test('loads what the requirement writes', async (t) => {
  const { config, findings } = load(REQUIREMENT_23)
  t.strictSame(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  )
  const [panel, api] = config?.routes.map(({ plugins }) => plugins[0]?.options) ?? []
  t.match(panel, { connect: 5000, read: 30_000, write: 30_000, idle: 120_000 })
  t.match(api, { connect: 10_000, read: 60_000, write: 60_000, idle: 300_000 })
  t.equal(panel?.response_header, undefined, 'then it is read')
})

t.test('is on, with bounds, where nothing is said', async (t) => {
  const { config } = load('host: a.test\nbackend: http://10.0.0.1:3000\n')
  t.match(config?.routes[0]?.plugins[0]?.options, {
    connect: 5000,
    read: 30_000,
    write: 30_000,
    client_body: 30_000,
    client_read: 60_000,
    min_upload_rate: 100,
  })
  t.strictSame(load('host: a.test\nbackend: http://10.0.0.1:3000\ntimeouts: false\n').config?.routes[0]?.plugins, [])
})

t.test('warns of bounds that cannot be reached and of very long idle times', async (t) => {
  const result = load('host: a.test\nbackend: http://10.0.0.1:3000\ntimeouts: { read: 60s, total: 45s, idle: 2h }\n')
  const text = formatFindings(result.findings, result.sources)
  t.match(text, /"read" \(1m\) cannot be reached: "total" is 45s/)
  t.match(text, /"client_read" \(1m\) cannot be reached/)
  t.match(text, /"idle" is 2h/)
  t.notMatch(text, /"write" \(/)
  t.ok(result.config, 'warnings do not stop it')
})

t.test('refuses bounds that would cut everything', async (t) => {
  const { config, findings } = load('host: a.test\nbackend: http://10.0.0.1:3000\ntimeouts: { read: 0, connect: 1d }\n')
  t.equal(config, undefined)
  t.match(
    findings.map(({ message }) => message),
    ['"read" must be at least 100ms', '"connect" must be at most 10m'],
  )
})

function load(text: string) {
  const file = path.resolve('/test/route.yaml')
  const readers = {
    readFile(name: string) {
      if (name === file) return new TextEncoder().encode(text)
      throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    },
    readDir() {
      throw Object.assign(new Error('ENOTDIR'), { code: 'ENOTDIR' })
    },
  }
  return loadConfig({ file, plugins: [timeouts], env: {}, readers })
}
