import t from 'tap'
import { type Finding, formatFindings } from '../src/index.ts'
import { loadRoute, loadText } from './support/load-text.ts'

t.test('findings are shown with an excerpt, a mark and a summary', async (t) => {
  const result = loadText({
    'drawbridge.yaml': '',
    'routes/panel.yaml': `host: panel.example
backend: http://panel:80
timeouts: { connect: 1h }

rate_limit:
  per_ip: 100
  per_ips: 5
limits: { max_request_body: lots }
`,
  })
  t.equal(
    formatFindings(result.findings, result.sources),
    `warning[odd-timeouts] routes/panel.yaml:3:22
  1 | host: panel.example
  2 | backend: http://panel:80
  3 | timeouts: { connect: 1h }
    |                      ^^ connect is longer than read
error[unknown-key] routes/panel.yaml:7:3
  5 | rate_limit:
  6 |   per_ip: 100
  7 |   per_ips: 5
    |   ^^^^^^^ unknown key "per_ips" in rate_limit
  help: did you mean "per_ip"?
error[bad-value] routes/panel.yaml:8:29
  6 |   per_ip: 100
  7 |   per_ips: 5
  8 | limits: { max_request_body: lots }
    |                             ^^^^ "max_request_body" must be a size such as 512kb or 10mb, or a number of bytes
2 errors, 1 warning in 1 file
`,
  )
})

t.test('a finding without text has no excerpt, and nothing found is nothing said', async (t) => {
  const { findings, sources } = loadText({})
  t.equal(
    formatFindings(findings, sources),
    'error[file-unreadable] drawbridge.yaml:1:1\n  drawbridge.yaml does not exist\n1 error in 1 file\n',
  )
  t.equal(formatFindings([], new Map()), '')
})

t.test('a very long line is cut round the place, and control characters never reach the terminal', async (t) => {
  const text = `host: a.example\nbackend: http://b:1\n${' '.repeat(0)}app: "${'x'.repeat(500)}\u001b[2J"\n`
  const { findings, sources } = loadRoute(text.replace('app: ', 'aap: '))
  const shown = formatFindings(findings, sources)
  t.notMatch(shown, '\u001b')
  t.ok(shown.split('\n').every((line) => line.length < 140))
  const finding: Finding = {
    severity: 'error',
    code: 'x',
    file: 'f',
    line: 1,
    column: 301,
    endLine: 1,
    endColumn: 305,
    message: 'here',
    path: [],
  }
  const lines = formatFindings([finding], new Map([['f', `${'a'.repeat(300)}FOUR${'b'.repeat(300)}`]])).split('\n')
  t.equal(lines[2]?.indexOf('^^^^ here'), lines[1]?.indexOf('FOUR'))
})

t.test('lines that end in CR LF are marked like others', async (t) => {
  const { findings, sources } = loadRoute('host: a.example\r\nbackend: demo\r\nlimits:\r\n  max: 1\r\n')
  t.match(formatFindings(findings, sources), '  4 |   max: 1\n    |   ^^^ unknown key "max" in limits\n')
})
