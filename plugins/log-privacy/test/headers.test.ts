import t from 'tap'
import { makeRedactor } from './support/make-redactor.ts'

t.test('never shows headers that carry credentials', async (t) => {
  const redactor = makeRedactor()
  for (const name of [
    'Authorization',
    'PROXY-AUTHORIZATION',
    'cookie',
    'Set-Cookie',
    'X-API-Key',
    'X-Auth-Token',
    'X-CSRF-Token',
    'CF-Access-Jwt-Assertion',
    'cf-access-client-secret',
    'Sec-WebSocket-Protocol',
    'X-Vault-Token',
    'Private-Token',
    'X-Amz-Security-Token',
    'X-My-Client-Secret',
  ])
    t.equal(redactor.header(name, 'canary'), '[REDACTED]', name)
})

t.test('shows other headers without secrets and people', async (t) => {
  const redactor = makeRedactor()
  t.equal(redactor.header('Accept', 'text/html'), 'text/html')
  t.equal(redactor.header('X-Forwarded-For', '203.0.113.45, 10.0.0.1'), '203.0.113.xxx, 10.0.0.xxx')
  t.equal(redactor.header('Location', '/reset/abc12345?token=x'), '/reset/[TOKEN]?token=[REDACTED]')
  t.equal(redactor.header('X-Thing', 'Bearer abc'), 'Bearer [REDACTED]')
})

t.test('adds the headers of a route to the safe defaults, also by their beginning', async (t) => {
  const redactor = makeRedactor({ strip_headers: ['X-Internal-*', 'Accept'] })
  t.equal(redactor.header('x-internal-user', 'bob'), '[REDACTED]')
  t.equal(redactor.header('ACCEPT', 'text/html'), '[REDACTED]')
  t.equal(redactor.header('cookie', 'a=b'), '[REDACTED]')
  t.equal(redactor.text('x-internal-user: bob'), 'x-internal-user: [REDACTED]', 'also in messages')
  const alone = makeRedactor({ strip_headers: ['Accept'], safe_defaults: false })
  t.equal(alone.header('accept', 'x'), '[REDACTED]')
  t.equal(alone.header('cookie', 'a=b'), 'a=b', 'and alone without them')
})

t.test('keeps the versions in a user agent and takes out who made it', async (t) => {
  const redactor = makeRedactor()
  for (const name of ['user-agent', 'User-Agent']) {
    t.equal(
      redactor.header(name, 'Bot/1.0 (+http://x.test; bot@x.test) Chrome/120.0.0.0'),
      'Bot/1.0 (+http://x.test; [email]) Chrome/120.0.0.0',
    )
    t.equal(
      redactor.header(name, 'Instagram 194.0.0.36.172 rv:1.9.2.3 UCBrowser8.2.0.132'),
      'Instagram 194.0.0.36.172 rv:1.9.2.3 UCBrowser8.2.0.132',
    )
    t.equal(redactor.header(name, 'curl/8.5.0 from http://203.0.113.45/'), 'curl/8.5.0 from http://203.0.113.xxx/')
  }
  t.equal(makeRedactor({ strip_headers: ['User-Agent'] }).header('user-agent', 'x'), '[REDACTED]')
})
