import t from 'tap'
import { makeRedactor } from './support/make-redactor.ts'

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123'

for (const [text, shown] of [
  ['Authorization: Bearer abc.def', 'Authorization: [REDACTED]'],
  ['sent Bearer abc.def to x', 'sent Bearer [REDACTED] to x'],
  ['Basic dXNlcjpwYXNz, Digest abc123DEF', 'Basic [REDACTED], Digest [REDACTED]'],
  ['Cookie: a=b; session=x\nHost: a', 'Cookie: [REDACTED]\nHost: a'],
  ["{ cookie: 'a=b; c=d', host: 'a' }", "{ cookie: '[REDACTED]', host: 'a' }"],
  ['X-Vault-Token: s.abc', 'X-Vault-Token: [REDACTED]'],
  ['{"password":"hunter2","user":"x"}', '{"password":"[REDACTED]","user":"x"}'],
  ['{"password":"a\\"b\\\\","user":"x"}', '{"password":"[REDACTED]","user":"x"}'],
  ['{\\"password\\":\\"hun\\\\\\"ter2\\",\\"a\\":1}', '{\\"password\\":\\"[REDACTED]\\",\\"a\\":1}'],
  ['{"access_token": "abc", "expires": 5}', '{"access_token": "[REDACTED]", "expires": 5}'],
  ['newPassword = hunter2, other=1', 'newPassword = [REDACTED], other=1'],
  ['password="never closed', 'password="[REDACTED]'],
  ['user[password]=x&a%5Btoken%5D=y', 'user[password]=[REDACTED]&a%5Btoken%5D=[REDACTED]'],
  ['next=https%3A%2F%2Fx%2F%3Ftoken%3Dabc%26a%3Db', 'next=https%3A%2F%2Fx%2F%3Ftoken%3D[REDACTED]%26a%3Db'],
  ['GET /callback?code=abc&state=x HTTP/1.1', 'GET /callback?code=[REDACTED]&state=x HTTP/1.1'],
  ['GET /auth/password/reset/abc123def456 failed', 'GET /auth/password/reset/[TOKEN] failed'],
  ['postgres://user:p@ss@db:5432/x?password=abc', 'postgres://[REDACTED]@db:5432/x?password=[REDACTED]'],
  ['Location: https://a.test/reset/abc12345?x=1', 'Location: https://a.test/reset/[TOKEN]?x=1'],
  [`got ${JWT}.`, 'got [REDACTED]'],
  ['ghp_abcdefghijklmnopqrst AKIAIOSFODNN7EXAMPLE', '[REDACTED] [REDACTED]'],
  ['ptla_abcdefghijklmnop ptlc_abcdefghijklmnop', '[REDACTED] [REDACTED]'],
  ['xoxb-1234-567890-abcdef sk-proj-abcdef1234567890', '[REDACTED] [REDACTED]'],
  ['drawbridge_abcdefghijklmnop', '[REDACTED]'],
  ['a -----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY----- b', 'a [REDACTED] b'],
  ['a -----BEGIN PRIVATE KEY-----\nMII', 'a [REDACTED]'],
] as const)
  t.test(`takes the secret out of: ${text}`, async (t) => {
    t.equal(makeRedactor().text(text), shown)
    t.equal(makeRedactor().text(shown), shown, 'and leaves the rest alone')
    t.equal(makeRedactor({ mask_pii: false }).text(text), shown, 'also where personal data stays')
  })

for (const text of [
  'exit code=1 and key: value',
  'risk-assessment-of-things-here',
  'Basic configuration, token expired, Bearer token missing',
  'at read (/work/main/src/session-token.ts:12:5)',
  'max_tokens=5 sort_key=name country_code=DE',
  'src="/assets/index-BxY7Zk2Q.js"',
])
  t.test(`finds no secret in: ${text}`, async (t) => t.equal(makeRedactor().text(text), text))

t.test('replaces what the patterns of a route find, in all text, before anything else', async (t) => {
  const redactor = makeRedactor({
    redact_patterns: [
      { pattern: 'cust-\\d{6}', replacement: '[CUSTOMER]' },
      { pattern: '(?i)(case )\\w+', replacement: '$1[$CASE]$$' },
    ],
  })
  t.equal(redactor.text('cust-123456 has CASE a12'), '[CUSTOMER] has CASE [$CASE]$$')
  t.equal(redactor.path('/of/cust-123456/x'), '/of/[CUSTOMER]/x')
  t.equal(redactor.query('a=cust-123456&b=cust%2D123456'), 'a=[CUSTOMER]&b=[CUSTOMER]')
  t.equal(redactor.referrer('https://a.test/cust%2D123456'), 'https://a.test/[CUSTOMER]')
  t.equal(redactor.header('user-agent', 'cust-123456'), '[CUSTOMER]')
  t.equal(redactor.text('Cust-123456'), 'Cust-123456', 'case matters')
  t.equal(redactor.text('💥 cust-123456 💥'), '💥 [CUSTOMER] 💥')
})

t.test('cuts a text in which a pattern matches more often than can be paid for', async (t) => {
  const redactor = makeRedactor({ redact_patterns: [{ pattern: 'x.*y|x', replacement: '-' }] })
  t.equal(redactor.text(`${'x'.repeat(500)} the end`), `${'-'.repeat(500)} the end`)
  t.equal(redactor.text(`${'x'.repeat(65_528)} the end`), '-'.repeat(33))
})
