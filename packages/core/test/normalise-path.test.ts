import t from 'tap'
import { normalisePath } from '../src/normalise-path.ts'

const READABLE: readonly (readonly [target: string, path: string, why?: string])[] = [
  ['/', '/'],
  ['/auth/login', '/auth/login'],
  ['/auth/login/', '/auth/login/'],
  ['/AUTH/Login', '/AUTH/Login', 'the case is kept; policy compares in lower case'],
  ['/a?b=/../c', '/a', 'the query is no path'],
  ['/?x', '/'],
  ['//auth/login', '/auth/login'],
  ['/auth//login', '/auth/login'],
  ['///', '/'],
  ['/./auth/login', '/auth/login'],
  ['/auth/./login', '/auth/login'],
  ['/auth/login/.', '/auth/login/'],
  ['/x/../auth/login', '/auth/login'],
  ['/x/y/../../auth', '/auth'],
  ['/auth/login/..', '/auth/'],
  ['/a/b/..//c', '/a/c'],
  ['/.well-known/acme', '/.well-known/acme'],
  ['/a/...', '/a/...', 'three dots are a name'],
  ['/_next/pages/%5B...slug%5D.js', '/_next/pages/[...slug].js'],
  ['/%61uth/login', '/auth/login'],
  ['/auth/%6cogin', '/auth/login'],
  ['/auth/%6Cogin', '/auth/login'],
  ['/auth%2flogin', '/auth/login', 'an encoded slash counts as one'],
  ['/auth%2Flogin', '/auth/login'],
  ['/auth\\login', '/auth/login', 'so does a backslash: some backends take it for one'],
  ['/auth%5clogin', '/auth/login'],
  ['/%ef%bc%8fauth/login', '/auth/login', 'and the full-width slash'],
  ['/auth%EF%BC%BClogin', '/auth/login'],
  ['/auth;a=b/login', '/auth/login', 'path parameters are no part of the path'],
  ['/auth/login;jsessionid=1', '/auth/login'],
  ['/a%3bb', '/a%3bb', 'an encoded semicolon is none'],
  ['/detail;returnUrl=%2Fa%2Fb/c', '/detail/c', 'an encoded slash in parameters is one of them'],
  ['/x/../admin//y', '/admin/y', 'what comes after the dots takes nothing away'],
  ['//a/../b', '/b', 'the dots take away what is one segment to all'],
  ['/a%2fb/c/../d', '/a/b/d'],
  ['/auth/login%20', '/auth/login '],
  ['/caf%c3%a9', '/café'],
  ['/auth/%e2%80%8blogin', '/auth/\u200blogin'],
  ['/a%25b', '/a%b', 'a percent sign that encodes nothing'],
  ['/a%2525', '/a%25'],
  ['/a%252fb', '/a%2fb', 'doubly encoded slashes occur in real traffic'],
  ['/"<>{}|^`', '/"<>{}|^`'],
]

const REFUSED: readonly (readonly [target: string, why: string])[] = [
  ['', 'no slash'],
  ['*', 'no path'],
  ['.evil.test/', 'no slash in front'],
  ['http://a/b', 'an absolute form'],
  ['/..', 'leaves the root'],
  ['/../', 'leaves the root'],
  ['/a/../../b', 'leaves the root'],
  ['/..%2f..%2fetc/passwd', 'leaves the root'],
  ['/static/..%5c..%5cwin.ini', 'leaves the root'],
  ['/%2e%2e/x', 'encoded dots'],
  ['/a/%2e%2e/b', 'encoded dots, though they would not leave the root'],
  ['/.%2e/x', 'mixed dots'],
  ['/%2e./x', 'mixed dots'],
  ['/a/%2e/b', 'an encoded dot'],
  ['/a/%ef%bc%8e%ef%bc%8e/b', 'full-width dots'],
  ['/..;/admin', 'dots with parameters'],
  ['/a/..;x=y/b', 'dots with parameters: some backends resolve them'],
  ['/a/.;/b', 'a dot with parameters'],
  ['/a/..%3bx/b', 'dots with encoded parameters'],
  ['/%252e%252e/x', 'doubly encoded dots'],
  ['/%2561uth/login', 'a doubly encoded letter'],
  ['/a%2500', 'a doubly encoded NUL'],
  ['/a%255cb', 'a doubly encoded backslash'],
  ['/auth/login%00', 'NUL'],
  ['/auth/login%0d%0aX: 1', 'CR, LF and a blank'],
  ['/auth/login%0d%0a', 'encoded CR and LF'],
  ['/auth/login%7f', 'encoded DEL'],
  ['/admin//../users', '/users to nginx, /admin/users to whoever follows RFC 3986'],
  ['/public/x%2fy/../../admin', '/public/admin to some, /admin to others'],
  ['/public/x\\y/../../admin', '/public/admin to some, /admin to others'],
  ['/admin/;x/../users', '/users to some, /admin/users to others'],
  ['/admin/..%2fpublic', '/public to some, a page below /admin to others'],
  ['/public%5c..%5cadmin', '/admin to some, one segment to others'],
  ['/public;x%2f..%2f..%2fadmin', 'dots in parameters, which are none to some'],
  ['/public;%2f%2e%2e%2f%2e%2e%2fadmin', 'encoded ones'],
  ['/public;x\\y', 'a backslash in parameters ends them in some backends only'],
  ['/a;%00', 'NUL in parameters'],
  ['/a;x=%0d%0a', 'CR and LF in parameters'],
  ['/a;x=%ff', 'no UTF-8 in parameters'],
  ['/a%c2%9b31m', 'a control character that terminals obey'],
  ['/a b', 'a blank'],
  ['/a\tb', 'a tab'],
  ['/a\x00b', 'a raw NUL'],
  ['/caf\xe9', 'a raw byte above ASCII'],
  ['/auth/login#x', 'a fragment'],
  ['/%zz', 'no hexadecimal'],
  ['/%', 'cut off'],
  ['/a%2', 'cut off'],
  ['/log%u0069n', 'not an encoding of paths'],
  ['/%ff%fe', 'no UTF-8'],
  ['/%c0%ae%c0%ae/x', 'overlong UTF-8'],
  ['/%c0%af/auth/login', 'overlong UTF-8'],
  ['/%ed%a0%80', 'half a surrogate'],
]

t.test('gives the path that policy is decided on', async (t) => {
  for (const [target, path, why] of READABLE) t.equal(normalisePath(target), path, `${target}${why ? `: ${why}` : ''}`)
})

t.test('refuses what cannot be read in one way only', async (t) => {
  for (const [target, why] of REFUSED) t.equal(normalisePath(target), undefined, `${JSON.stringify(target)}: ${why}`)
})

t.test('what it gives is a normal form: encoded and read again it stays the same', async (t) => {
  for (const [, path] of READABLE.filter(([, path]) => !path.includes('%')))
    t.equal(normalisePath(path.split('/').map(encodeURIComponent).join('/')), path)
})

t.test('takes linear time for hostile paths', async (t) => {
  const long = `/${'a/../'.repeat(10_000)}${'%2f'.repeat(10_000)}${';'.repeat(10_000)}`
  t.equal(normalisePath(long), '/')
})
