import { plainRedactor, type Redactor, redactFacts } from '@drawbridge/plugin-kit'
import t from 'tap'

const redactor: Redactor = {
  ...plainRedactor,
  text: (text) => text.replaceAll('secret', '*'),
  header: (name, value) => (name === 'cookie' ? '*' : value.replaceAll('secret', '*')),
}

t.test('sends all text in facts through the redactor, with its key', async (t) => {
  const cause = new Error('secret cause')
  const error = Object.assign(new Error('a secret', { cause }), { detail: 'secret', code: 'DRAWBRIDGE_SECRET' })
  error.stack = 'at secret'
  const facts = {
    text: 'a secret',
    list: ['secret', 1, { inner: 'secret' }],
    headers: { cookie: 'a=b', other: 'secret' },
    more: { cookie: ['a=b', 'c=d'] },
    count: 1,
    nothing: null,
    request_id: 'secret-id',
    backend: 'http://secret:3000',
    error,
  }
  t.match(redactFacts(facts, redactor), {
    text: 'a *',
    list: ['*', 1, { inner: '*' }],
    headers: { cookie: '*', other: '*' },
    more: { cookie: ['*', '*'] },
    count: 1,
    nothing: null,
    request_id: 'secret-id',
    backend: 'http://secret:3000',
    error: {
      type: 'Error',
      message: 'a *',
      stack: 'at *',
      detail: '*',
      code: 'DRAWBRIDGE_SECRET',
      cause: { message: '* cause' },
    },
  })
  t.equal(facts.text, 'a secret', 'and changes nothing')
})

t.test('ends where facts go too deep, or in circles', async (t) => {
  const circle: Record<string, unknown> = { text: 'secret' }
  circle.self = circle
  const shown = JSON.stringify(redactFacts(circle, redactor))
  t.match(shown, '[too deep]')
  t.notMatch(shown, 'secret')
})
