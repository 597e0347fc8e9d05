import t from 'tap'
import { makeRedactor } from './support/make-redactor.ts'

for (const [query, shown] of [
  ['page=2&token=abc', 'page=2&token=[REDACTED]'],
  [
    'TOKEN=1&Access-Token=2&accessToken=3&csrf_token=4',
    'TOKEN=[REDACTED]&Access-Token=[REDACTED]&accessToken=[REDACTED]&csrf_token=[REDACTED]',
  ],
  [
    'key=a&code=b&signature=c&secret=d&api_key=e&session=f',
    'key=[REDACTED]&code=[REDACTED]&signature=[REDACTED]&secret=[REDACTED]&api_key=[REDACTED]&session=[REDACTED]',
  ],
  ['%74oken=abc', '%74oken=[REDACTED]'],
  ['%2574oken=abc', '%2574oken=[REDACTED]'],
  ['a[token]=x;password=y', 'a[token]=[REDACTED];password=[REDACTED]'],
  ['a%5Btoken%5D%5B%5D=x', 'a%5Btoken%5D%5B%5D=[REDACTED]'],
  ['token%00=x&+token=y&to_ken=z', 'token%00=[REDACTED]&+token=[REDACTED]&to_ken=[REDACTED]'],
  ['token=a=b', 'token=[REDACTED]'],
  ['%zz=1&token=%', '%zz=1&token=[REDACTED]'],
  ['X-Amz-Signature=abc&X-Amz-Date=2026', 'X-Amz-Signature=[REDACTED]&X-Amz-Date=2026'],
  ['mail=jane%40example.org&ip=2001%3Adb8%3A%3A1', 'mail=[email]&ip=2001:db8:0:0:xxxx:xxxx:xxxx:xxxx'],
  ['next=https%3A%2F%2Fu%3Ap%40x%2F%3Ftoken%3Dabc%26a%3D1', 'next=https://[REDACTED]@x/%3Ftoken=[REDACTED]%26a=1'],
  ['next=%2Freset%2Fabc12345', 'next=/reset/[TOKEN]'],
  ['d=%7B%22password%22%3A%22x%22%7D', 'd={%22password%22:%22[REDACTED]%22}'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc', '[REDACTED]'],
  ['q=jane%40example.org%0d%0ax', 'q=[email]%0D%0Ax'],
] as const)
  t.test(`takes the secret out of ${query}`, async (t) => t.equal(makeRedactor().query(query), shown))

for (const query of [
  '',
  'page=2&q=hello+world',
  '&&=x&token&token=',
  'sort_key=name&country_code=DE',
  'q=%e4%0a',
  'a=%F0%9F%92%A5',
])
  t.test(`leaves ${JSON.stringify(query)} alone`, async (t) => t.equal(makeRedactor().query(query), query))

t.test('takes out what a route lists, whatever the case and spelling of the key', async (t) => {
  const redactor = makeRedactor({ redact_query: ['Member-Id', 'q.s'] })
  t.equal(
    redactor.query('member_id=1&MEMBERID=2&x[memberId]=3&q.s=4&q=5'),
    'member_id=[REDACTED]&MEMBERID=[REDACTED]&x[memberId]=[REDACTED]&q.s=[REDACTED]&q=5',
  )
  t.equal(redactor.query('token=1'), 'token=[REDACTED]', 'besides the safe defaults')
  const alone = makeRedactor({ redact_query: ['member'], safe_defaults: false })
  t.equal(alone.query('member=1&token=2'), 'member=[REDACTED]&token=2', 'and alone without them')
})
