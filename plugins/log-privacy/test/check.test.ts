import { plugin } from '@drawbridge/plugin-log-privacy'
import t from 'tap'
import { makeOptions } from './support/make-redactor.ts'

const check = (raw: object) => plugin.check?.(makeOptions(raw))

t.test('has nothing to say about the defaults', async (t) => t.strictSame(check({}), []))

t.test('says which pattern is no regular expression, and where', async (t) => {
  t.match(check({ redact_paths: [{ pattern: '/fine' }, { pattern: '/a(b' }] }), [
    {
      severity: 'error',
      code: 'bad-pattern',
      path: ['redact_paths', 1, 'pattern'],
      message: /"\/a\(b" .*missing closing \)/,
    },
  ])
  t.match(check({ redact_patterns: [{ pattern: '(?=x)' }] }), [
    { severity: 'error', path: ['redact_patterns', 0, 'pattern'] },
  ])
})

t.test('refuses a pattern that matches where nothing is, and a group that is not there', async (t) => {
  t.match(check({ redact_patterns: [{ pattern: 'a*' }] }), [
    { severity: 'error', path: ['redact_patterns', 0, 'pattern'] },
  ])
  t.match(check({ redact_patterns: [{ pattern: '(a)', replacement: '$2' }] }), [
    { severity: 'error', path: ['redact_patterns', 0, 'replacement'], message: /\$2.* has 1/ },
  ])
  t.strictSame(check({ redact_patterns: [{ pattern: '(a)', replacement: '$1 $0 $$ $x' }] }), [])
})

t.test('refuses to show pseudonyms that are not made', async (t) => {
  t.match(check({ mask_ip_method: 'hash', pseudonyms: false }), [{ severity: 'error', path: ['mask_ip_method'] }, {}])
})

t.test('says what more data than usual means', async (t) => {
  const warning = (key: string, message: RegExp) => [{ severity: 'warning', path: [key], message }]
  t.match(check({ mask_pii: false }), warning('mask_pii', /Art\. 6 GDPR/))
  t.match(check({ mask_ip_method: 'full' }), warning('mask_ip_method', /Art\. 6 GDPR/))
  t.match(check({ pseudonyms: false }), warning('pseudonyms', /Art\. 15 and 17/))
  t.match(check({ safe_defaults: false }), warning('safe_defaults', /credentials/))
})
