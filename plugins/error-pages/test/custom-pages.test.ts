// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what is tested
import { plugin } from '@drawbridge/plugin-error-pages'
import { resolveOptions } from '@drawbridge/plugin-kit'
import t, { type Test } from 'tap'
import { buildFailing, type TestError } from './support.ts'

// Requirement 24, as written.
const REQUIREMENT_413 = `<!-- 413.html -->
<!DOCTYPE html>
<html>
<head><title>413 Payload Too Large</title></head>
<body>
  <h1>Request Too Large</h1>
  <p>Maximum allowed size: {{.MaxSize}}</p>
  <p>Your request size: {{.RequestSize}}</p>
</body>
</html>
`

t.test("serves the requirement's 413.html with both sizes filled in", async (t) => {
  const { body, headers } = await failWith(
    t,
    { statusCode: 413, details: { max_size: 10_485_760, request_size: 20_971_520 } },
    { pages: { 413: REQUIREMENT_413 } },
  )
  t.equal(body, REQUIREMENT_413.replace('{{.MaxSize}}', '10 MB').replace('{{.RequestSize}}', '20 MB'))
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  t.notOk(headers['content-security-policy'], 'what its own page may load is up to the operator')
})

t.test('fills in every variable, written either way', async (t) => {
  const names = [
    'status',
    'title',
    'message',
    'request_id',
    'max_size',
    'request_size',
    'retry_after',
    'contact',
    'language',
  ]
  const goNames = [
    'Status',
    'Title',
    'Message',
    'RequestID',
    'MaxSize',
    'RequestSize',
    'RetryAfter',
    'Contact',
    'Language',
  ]
  const error = { statusCode: 413, headers: { 'retry-after': '30' }, details: { max_size: 1024, request_size: 2048 } }
  const values = '413|Payload Too Large|The request is larger than this server accepts.|id-1|1 KB|2 KB|30|us|en'
  const written = [names.map((name) => `\${${name}}`), goNames.map((name) => `{{ .${name} }}`)]
  for (const places of written) {
    const { body } = await failWith(t, error, { pages: { 413: places.join('|') }, requestId: 'id-1', contact: 'us' })
    t.equal(body, values)
  }
  const { body } = await failWith(t, error, { pages: { 413: '[${host}]' } })
  t.equal(body, '[]', 'stand-alone no route has a name')
})

t.test('takes the page of a status before that of its class, and its own for the rest', async (t) => {
  const pages = { 404: 'own 404', '4xx': 'any 4xx' }
  t.equal((await failWith(t, { statusCode: 404 }, { pages })).body, 'own 404')
  t.equal((await failWith(t, { statusCode: 429 }, { pages })).body, 'any 4xx')
  t.match((await failWith(t, { statusCode: 502 }, { pages })).body, '<h1>502 Bad Gateway</h1>')
})

t.test('keeps JSON and text as they are', async (t) => {
  const { app } = buildFailing(t, { statusCode: 404 }, { options: { pages: writePages(t, { 404: 'mine' }) } })
  t.match((await app.inject('/')).body, /^404 Not Found\n/)
  t.match((await app.inject({ url: '/', headers: { accept: 'application/json' } })).json(), { status: 404 })
})

t.test('makes every value safe for HTML, whoever chose it', async (t) => {
  const evil = `"><script>alert('x')</script>&`
  const page = '<p title="${request_id}">${request_id} {{.RequestID}} ${contact} ${host}</p>'
  const { body } = await failWith(t, { statusCode: 404 }, { pages: { 404: page }, requestId: evil, contact: evil })
  const safe = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;'
  t.equal(body, `<p title="${safe}">${safe} ${safe} ${safe} </p>`)
})

t.test('makes the request id safe on the page of its own, too', async (t) => {
  const { body } = await failWith(t, { statusCode: 404 }, { requestId: '<script>alert(1)</script>' })
  t.match(body, '<p>Request ID: &lt;script&gt;alert(1)&lt;/script&gt;</p>')
  t.notMatch(body, '<script')
})

t.test('leaves style, script and an escaped ${ alone', async (t) => {
  const page = '<style>@media print{a{b:c}}</style><script>const a = `$${b}`</script>'
  const { body } = await failWith(t, { statusCode: 404 }, { pages: { 404: page } })
  t.equal(body, page.replace('$${', '${'))
})

t.test('does not start with a page that it cannot use, and says why', async (t) => {
  const folder = t.testdir({
    client: '<p>${client_ip}</p>',
    path: '<p>{{.Path}}</p>',
    large: 'a'.repeat(256 * 1024 + 1),
    latin1: Buffer.from([0xe4, 0xf6]),
  })
  for (const [file, reason] of [
    [
      'client',
      /pages\.404: the page .+\/client cannot be used: unknown variable "\$\{client_ip\}"; there are \$\{status\}/,
    ],
    ['path', /unknown variable "\{\{\.Path\}\}"; there are .+\{\{\.MaxSize\}\}/],
    ['none', /none cannot be used: there is no such file/],
    ['large', /it has 262145 bytes, at most 262144 are read/],
    ['latin1', /it is not UTF-8/],
    ['', /it is not a file/],
  ] as const) {
    const pages = { 404: `${folder}/${file}` }
    const { app } = buildFailing(t, {}, { options: { pages } })
    await t.rejects(async () => app.ready(), { message: reason })
    const [problem] = plugin.check?.(resolve({ pages })) ?? []
    t.match(problem, { severity: 'error', code: 'bad-page', path: ['pages', '404'] }, 'and loading says so, too')
  }
})

t.test('takes only statuses of errors', async (t) => {
  for (const [options, message] of [
    [{ pages: { 200: 'a' } }, /unknown key "200" in pages/],
    [{ pages: { '6xx': 'a' } }, /unknown key "6xx" in pages/],
    [{ intercept: [200] }, /intercept\.0: "intercept\[0\]" must be >= 400/],
    [{ intercept: ['all'] }, /intercept\.0: "intercept\[0\]" must match pattern/],
    [{ language: 'fr' }, /language: "language" must be one of auto, de, en/],
  ] as const) {
    const { app } = buildFailing(t, {}, { options })
    await t.rejects(async () => app.ready(), { message })
  }
})

function resolve(raw: Record<string, unknown>) {
  const resolution = resolveOptions(plugin.options, raw)
  if (!('value' in resolution)) throw new Error('the options are not valid')
  return resolution.value
}

interface Setting {
  readonly pages?: Readonly<Record<string, string>>
  readonly requestId?: string
  readonly contact?: string
}

/** A browser's view of an error, with pages of the given text. */
async function failWith(t: Test, error: TestError, { pages = {}, requestId = '', contact }: Setting) {
  const options = { pages: writePages(t, pages), ...(contact === undefined ? {} : { contact }) }
  const { app } = buildFailing(t, error, { options, requestId })
  return app.inject({ url: '/', headers: { accept: 'text/html' } })
}

function writePages(t: Test, pages: Readonly<Record<string, string>>): Record<string, string> {
  const folder = t.testdir(pages)
  return Object.fromEntries(Object.keys(pages).map((status) => [status, `${folder}/${status}`]))
}
