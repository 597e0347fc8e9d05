import path from 'node:path'
import { rootCertificates } from 'node:tls'
import t from 'tap'
import { inShort, loadText } from './support/load-text.ts'

const [first = '', second = ''] = rootCertificates

function load(tls: string, ca: string) {
  return loadText({
    'drawbridge.yaml': '',
    'routes/a.yaml': `host: a.example\nbackend: https://app\nbackend_tls: ${tls}\n`,
    'routes/ca.pem': ca,
  })
}

t.test('the authority is read from a file beside the route', async (t) => {
  const result = load('{ ca: ca.pem, server_name: app.internal }', first)
  t.strictSame(result.config?.routes[0]?.backend.tls, { verify: true, ca: first, serverName: 'app.internal' })
  t.ok(result.files.includes(path.resolve('routes/ca.pem')))
  t.not(
    result.config?.routes[0]?.hash,
    load('{ ca: ca.pem, server_name: app.internal }', second).config?.routes[0]?.hash,
  )
})

t.test('verification is off only where that is said', async (t) => {
  t.strictSame(load('{ verify: false }', '').config?.routes[0]?.backend.tls, { verify: false })
})

t.test('a file without certificate, or no file, is an error', async (t) => {
  t.strictSame(inShort(load('{ ca: ca.pem }', 'hello')), [
    `error[file-unreadable] routes/a.yaml:3:20 the file ${path.resolve('routes/ca.pem')} holds no certificate in PEM form`,
  ])
  t.match(inShort(load('{ ca: nope.pem }', '')), [/nope\.pem does not exist$/])
})
