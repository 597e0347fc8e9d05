import t from 'tap'
import { readCorpus } from './support/corpus.ts'
import { makeRedactor } from './support/make-redactor.ts'

interface EmailRow {
  readonly email?: string
  readonly valid: boolean | null
  readonly text?: string
  readonly must_not_contain?: readonly string[]
}

const rows = readCorpus<EmailRow>('emails.jsonl')

if (rows === undefined) {
  t.test('masks the corpus', { skip: 'it is not here: ../shared/corpora/emails.jsonl' }, async () => {})
} else {
  t.test('lets no e-mail address of the corpus stand anywhere', async (t) => {
    const redactor = makeRedactor()
    for (const { email = '', valid } of rows) {
      if (valid !== true) continue
      const encoded = encodeURIComponent(email)
      for (const shown of [
        redactor.text(`mail to ${email} failed`),
        redactor.text(JSON.stringify({ user: email })),
        redactor.text(`GET /u/${encoded}/edit?mail=${encoded}`),
        redactor.path(`/u/${email}/edit`),
        redactor.path(`/u/${encoded}/edit`),
        redactor.query(`mail=${encoded}&a=b`),
        redactor.query(`a=${encodeURIComponent(encoded)}`),
        redactor.referrer(`https://host.org/u/${encoded}/edit`),
        redactor.header('X-User', email),
      ]) {
        t.match(shown, '[email]')
        t.notOk(
          [email, encoded, ...email.split('@').filter((part) => part.length > 3)].some((part) => shown.includes(part)),
          shown,
        )
      }
    }
  })

  t.test('hides the person in every sentence of the corpus', async (t) => {
    const redactor = makeRedactor()
    for (const { text, must_not_contain: secrets = [] } of rows) {
      if (text === undefined) continue
      for (const shown of [
        redactor.text(text),
        redactor.path(`/${text}`),
        redactor.query(text),
        redactor.header('user-agent', text),
      ]) {
        t.match(shown, '[email]', text)
        t.notOk(
          [...secrets, 'jane'].some((secret) => shown.includes(secret)),
          shown,
        )
      }
    }
  })
}

for (const [text, shown] of [
  ['{"email":"jane.doe@example.org"}', '{"email":"[email]"}'],
  ['email=jane@example.org&x=1', 'email=[email]&x=1'],
  ["user 'jane@example.org' is gone", "user '[email]' is gone"],
  ['<jane@example.org>, bob@example.org.', '<[email]>, [email].'],
  ['mailto:jane@example.org?subject=x', 'mailto:[email]?subject=x'],
  ['jane@localhost', '[email]'],
  ['jane\\u0040example.org', '[email]'],
  ['jane%2Btag%40m%C3%BCller.de/x', '[email]/x'],
  ['to%20jane%40example.org', 'to%20[email]'],
  ['jane@[2001:db8::1]', '[email]'],
] as const)
  t.test(`finds the person in: ${text}`, async (t) => t.equal(makeRedactor().text(text), shown))

for (const text of [
  '/node_modules/.pnpm/lodash@4.17.21/node_modules/lodash/index.js:1:2',
  "import '@fastify/error'",
  '{"name":"@drawbridge/db","x":"@media"}',
  'half past @ nothing, a@, @b',
])
  t.test(`finds nobody in: ${text}`, async (t) => t.equal(makeRedactor().text(text), text))

t.test('leaves e-mail addresses where nothing is masked, and masks them beside whole IP addresses', async (t) => {
  t.equal(makeRedactor({ mask_pii: false }).text('jane@example.org'), 'jane@example.org')
  t.equal(makeRedactor({ mask_ip_method: 'full' }).text('jane@example.org 203.0.113.45'), '[email] 203.0.113.45')
})
