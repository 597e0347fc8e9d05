import t from 'tap'
import { makeRedactor } from './support/make-redactor.ts'

for (const [path, shown] of [
  [
    '/auth/password/reset/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '/auth/password/reset/[TOKEN]',
  ],
  ['/Password-Reset/a1b2c3d4/', '/Password-Reset/[TOKEN]/'],
  ['/reset/MQ/5xs-4b0f1a2b3c4d5e6f7a8b/', '/reset/MQ/[TOKEN]/'],
  ['/email/verify/12/da39a3ee5e6b4b0d3255bfef95601890afd80709', '/email/verify/12/[TOKEN]'],
  ['/confirm/123456', '/confirm/[TOKEN]'],
  ['/invite/1a7ce997-259b-452e-8b4e-cecc464142ca', '/invite/[TOKEN]'],
  ['/api/sends/access/oJUz-5R3SWWDDqrQ_5iCyA', '/api/sends/access/[TOKEN]'],
  ['/hook/da39a3ee5e6b4b0d3255bfef95601890', '/hook/[TOKEN]'],
  ['/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc/y', '/x/[REDACTED]/y'],
  ['/k/ghp_abcdefghijklmnop', '/k/[REDACTED]'],
  ['/a/token=abc;b', '/a/token=[REDACTED];b'],
  ['/u/jane@example.org/203.0.113.45', '/u/[email]/203.0.113.xxx'],
] as const)
  t.test(`takes the token out of ${path}`, async (t) => t.equal(makeRedactor().path(path), shown))

for (const path of [
  '/',
  '/api/client/servers/1a7ce997-259b-452e-8b4e-cecc464142ca/files/list',
  '/server/1a7ce997/console',
  '/assets/bundle.0123456789abcdef0123.js',
  '/auth/password/reset',
  '/password/reset/success',
  '/attachments/1a7ce997-259b-452e-8b4e-cecc464142ca/0123456789abcdef0123',
  '/app/main.8f3e2c1d9a7b0f1e2d3c.js',
  '/identity/connect/token',
  '/api/organizations/1a7ce997-259b-452e-8b4e-cecc464142ca/users/1a7ce997-259b-452e-8b4e-cecc464142ca/confirm',
  '/blog/2024/my-very-long-post-title-With-10-Great-Words-and-More',
  '/wp-content/uploads/2024/05/IMG_20240512_123456789_HDR-scaled.jpg',
  '/backup-1a7ce997-259b-452e-8b4e-cecc464142ca.tar.gz',
  '/v2/app/blobs/sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  '/a/b/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709',
  '/01ARZ3NDEKTSV4RRFFQ69G5FAV/507f1f77bcf86cd799439011/AbstractSingletonProxyFactoryBean',
])
  t.test(`leaves the ids in ${path}`, async (t) => t.equal(makeRedactor().path(path), path))

t.test("replaces what a route's paths find, without case and anywhere, before the safe defaults", async (t) => {
  const redactor = makeRedactor({
    redact_paths: [
      { pattern: '/api/client/account/password', replacement: '/api/client/account/[REDACTED]' },
      { pattern: '/auth/password/reset/[^/]+', replacement: '/auth/password/reset/[MINE]' },
      { pattern: '(/users/)[^/]+' },
      { pattern: '(/teams/)[^/]+', replacement: '$1[TEAM]' },
    ],
  })
  for (const [path, shown] of [
    ['/api/client/account/password', '/api/client/account/[REDACTED]'],
    ['/API/Client/account/PASSWORD/x', '/api/client/account/[REDACTED]/x'],
    ['/auth/password/reset/abc', '/auth/password/reset/[MINE]'],
    ['/users/bob/teams/red', '[REDACTED]/teams/[TEAM]'],
  ] as const) {
    t.equal(redactor.path(path), shown)
    t.equal(redactor.text(`GET ${path} failed`), `GET ${shown} failed`, 'also in messages')
    t.equal(redactor.referrer(`https://a.test${path}?x`), `https://a.test${shown}`, 'and in referrers')
  }
  t.equal(redactor.referrer('https://a.test/%61uth//password/./reset/abc'), 'https://a.test/auth/password/reset/[MINE]')
})

t.test('takes out only what a route lists where the safe defaults are off', async (t) => {
  const redactor = makeRedactor({ safe_defaults: false, redact_paths: [{ pattern: '/secret' }] })
  t.equal(redactor.path('/secret/reset/a1b2c3d4'), '[REDACTED]/reset/a1b2c3d4')
})

for (const [referrer, shown] of [
  ['https://user:pass@a.test:8443/a/b?token=x#y', 'https://a.test:8443/a/b'],
  ['https://a.test/reset/abc12345', 'https://a.test/reset/[TOKEN]'],
  ['http://203.0.113.45/x', 'http://203.0.113.xxx/x'],
  ['/relative/path?x', '/relative/path'],
  ['android-app://com.google.android/', 'android-app://com.google.android/'],
  ['about:blank', ''],
  ['data:text/html,secret', ''],
  ['//evil.test/x', ''],
  ['nonsense', ''],
  ['', ''],
  ['https://a.test/%0d%0aSet-Cookie:%20x=1', 'https://a.test/%0D%0ASet-Cookie:%20[REDACTED]'],
] as const)
  t.test(`shows the referrer ${JSON.stringify(referrer)} as ${JSON.stringify(shown)}`, async (t) =>
    t.equal(makeRedactor().referrer(referrer), shown),
  )
