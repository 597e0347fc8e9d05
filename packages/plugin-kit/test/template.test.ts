import { compileTemplate, RequestRecord, TEMPLATE_VARIABLES } from '@drawbridge/plugin-kit'
import t from 'tap'

function makeRecord(): RequestRecord {
  const record = new RequestRecord({
    method: 'GET',
    target: '/a%20b',
    rawHeaders: [],
    httpVersion: '1.1',
    peerAddress: '192.0.2.1',
    startedAt: 0,
  })
  record.host = 'app.example.org'
  record.path = '/a b'
  record.scheme = 'https'
  record.clientAddress = '198.51.100.7'
  record.country = 'DE'
  record.requestId = 'id-1'
  return record
}

function fill(text: string): string {
  const template = compileTemplate(text)
  return typeof template === 'string' ? template : template(makeRecord())
}

const FILLED = [
  [`\${client_ip}`, '198.51.100.7'],
  [`\${host}`, 'app.example.org'],
  [`\${request_id}`, 'id-1'],
  [`\${country}`, 'DE'],
  [`\${scheme}`, 'https'],
  [`\${method}`, 'GET'],
  [`\${path}`, '/a b'],
  [`for=\${client_ip};proto=\${scheme}!`, 'for=198.51.100.7;proto=https!'],
  [`$\${path} is \${path}`, `\${path} is /a b`],
] as const

for (const [text, filled] of FILLED) {
  t.test(`fills in ${text}`, async (t) => {
    t.equal(fill(text), filled)
  })
}

t.test('every variable has been tried above', async (t) => {
  const tried = new Set<string>(FILLED.map(([text]) => text))
  for (const name of Object.keys(TEMPLATE_VARIABLES)) t.ok(tried.has(`\${${name}}`), name)
})

t.test('text without variables stays text, so that nothing is done for it per request', async (t) => {
  t.equal(compileTemplate("default-src 'self'; $5 {a}"), "default-src 'self'; $5 {a}")
  t.equal(compileTemplate(`$\${host} $\${`), `\${host} \${`)
  t.equal(compileTemplate(''), '')
})

t.test('an unknown variable is named together with the known ones', async (t) => {
  t.throws(() => compileTemplate(`\${clientip}`), { message: /unknown variable "\$\{clientip\}".*\$\{client_ip\}/ })
  t.throws(() => compileTemplate(`\${}`), { message: /unknown variable "\$\{\}"/ })
  t.throws(() => compileTemplate(`\${toString}`), { message: /unknown variable/ })
})
