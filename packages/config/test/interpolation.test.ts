// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolation is what is tested
import path from 'node:path'
import t from 'tap'
import { formatFindings } from '../src/index.ts'
import { inShort, loadText } from './support/load-text.ts'

const env = { HOST: 'a.example', EMPTY: '', LIMIT: '250', PIN: '007', FLAG: 'true', TOKEN_FILE: 'secrets/token' }

/** Loads a route whose headers say `text`; returns what became of it. */
function loadHeader(text: string) {
  const result = loadText(
    {
      'drawbridge.yaml': '',
      'routes/a.yaml': `host: a.example\nbackend: demo\nheaders:\n  request:\n    add: { X-Test: ${text} }\n`,
      'secrets/token': 's3cret\n\n',
      'routes/near': 'near\r\n',
    },
    { env },
  )
  const options = result.config?.routes[0]?.plugins.find(({ plugin }) => plugin.key === 'headers')?.options
  const headers = options as { request: { add: Record<string, string> } } | undefined
  return { result, value: headers?.request.add['X-Test'] }
}

t.test('environment and files are filled in when the configuration is loaded', async (t) => {
  for (const [text, expected] of [
    ['"${env:HOST}"', 'a.example'],
    ['"x-${env:HOST}-${env:LIMIT}"', 'x-a.example-250'],
    ['"${env:MISSING:-fallback}"', 'fallback'],
    ['"${env:MISSING:-}"', ''],
    ['"${env:EMPTY:-fallback}"', 'fallback'],
    ['"${env:EMPTY}"', ''],
    ['"${env:TOKEN}"', 's3cret\n'],
    ['"${env:TOKEN:-x}"', 's3cret\n'],
    ['"${file:../secrets/token}"', 's3cret\n'],
    [`"\${file:${path.resolve('secrets/token')}}"`, 's3cret\n'],
    ['"${file:near}"', 'near'],
  ] as const)
    t.equal(loadHeader(text).value, expected, text)
})

t.test('run-time variables and the literal are left to the templates', async (t) => {
  for (const text of ['${client_ip}', 'a ${host} b ${request_id}', '$${client_ip}', '$$$', '{{.MaxSize}}', '${ {'])
    t.equal(loadHeader(`"${text}"`).value, text)
})

t.test('a whole unquoted interpolation may become a number or a boolean, unless that loses something', async (t) => {
  const load = (value: string, variables: Record<string, string>) =>
    loadText(
      { 'drawbridge.yaml': `routes:\n  - host: a.example\n    backend: demo\n    ${value}\n` },
      { env: variables },
    )
  t.match(
    load('rate_limit:\n      paths:\n        - path: /a\n          ban_after: ${env:N}', { N: '3' }).config?.routes[0],
    {
      plugins: [{}, { options: { paths: [{ ban_after: 3 }] } }],
    },
  )
  t.equal(load('forwarded: ${env:F}', { F: 'true' }).config?.routes[0]?.forwarded, true)
  t.equal(load('limits: ${env:F}', { F: 'false' }).config?.routes[0]?.plugins.length, 1)
  t.match(inShort(load('forwarded: "${env:F}"', { F: 'true' })), [/"forwarded" must be true or false/])
  for (const text of ['007', '1e5', '12345678901234567890', '+1', '0x10'])
    t.match(
      inShort(load('rate_limit: { paths: [{ path: /a, ban_after: "x" }] }\n    host_header: ${env:V}', { V: text })),
      [/ban_after/],
      `${text} stays text`,
    )
})

t.test('what cannot be filled in is an error with a way out', async (t) => {
  for (const [text, expected] of [
    [
      '${env:NOPE}',
      'the environment variable NOPE is not set, nor is NOPE_FILE | set it, or write a default: ${env:NOPE:-value}',
    ],
    ['${FOO}', 'unknown variable ${FOO} | did you mean ${env:FOO}? A literal ${ is written $${'],
    ['${client_id}', 'unknown variable ${client_id} | did you mean ${client_ip}? A literal ${ is written $${'],
    ['${client_ip', 'a ${ is not closed with } | a literal ${ is written $${'],
    ['${file:nope}', `the file ${path.resolve('routes/nope')} does not exist`],
    ['${file:.}', `the file ${path.resolve('routes')} is a folder, not a file`],
  ] as const)
    t.strictSame(
      inShort(loadHeader(`"${text}"`).result).map((line) => line.replace(/^error\[[a-z-]+\] /, '')),
      [`routes/a.yaml:5:20 ${expected}`],
      text,
    )
  t.match(inShort(loadHeader('"${a b}"').result), [/unknown variable \$\{a b\} \| there are \$\{env:NAME\}/])
})

t.test('what could not be filled in is told once, not what follows from it', async (t) => {
  const backend = loadText({ 'drawbridge.yaml': 'routes: [{ host: a.example, backend: "${env:NOPE}" }]\n' })
  t.match(inShort(backend), [/^error\[missing-variable\]/])
  t.equal(backend.findings.length, 1)
  const settings = loadText({ 'drawbridge.yaml': 'shutdown_timeout: ${env:NOPE}\nroutes: []\n' })
  t.equal(settings.findings.filter(({ severity }) => severity === 'error').length, 1)
  t.equal(settings.config, undefined)
  t.equal(settings.partial, undefined)
})

t.test('secrets are never printed', async (t) => {
  const { result } = loadHeader('"Bearer ${env:TOKEN}"')
  const shown = JSON.stringify([result.effectiveConfig('a.example'), result.findings])
  t.match(shown, '"X-Test":"••••"')
  t.notMatch(shown, 's3cret')
  const wrong = loadText(
    { 'drawbridge.yaml': 'routes: [{ host: a.example, backend: "${env:URL}" }]\n' },
    { env: { URL: 'http://user:s3cret@app' } },
  )
  t.notMatch(formatFindings(wrong.findings, wrong.sources), 's3cret')
})

t.test('what a file held is among the files that were read', async (t) => {
  t.match(new Set(loadHeader('"${file:near}"').result.files), new Set([path.resolve('routes/near')]))
})

t.test('text of nothing but openings is read in no time', async (t) => {
  t.equal(loadHeader(`"${'${'.repeat(200_000)}"`).value?.length, 400_000)
})

t.test('a route with something missing does not run, not even beside healthy ones', async (t) => {
  const result = loadText({
    'drawbridge.yaml': '',
    'routes/a.yaml': 'host: a.example\nbackend: demo\nheaders: { request: { add: { X-Key: "${env:NOPE}" } } }\n',
    'routes/b.yaml': 'host: b.example\nbackend: demo\n',
  })
  t.strictSame(
    result.partial?.routes.map(({ hosts }) => hosts),
    [['b.example']],
  )
})
