import t from 'tap'
import { continueTrace, startTrace } from '../src/trace-context.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'

t.test('continues a trace with a parent id of its own', async (t) => {
  const continued = continueTrace(`00-${TRACE}-${PARENT}-01`) ?? ''
  t.match(continued, /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/)
  t.notMatch(continued, PARENT)
  t.not(continued, continueTrace(`00-${TRACE}-${PARENT}-01`), 'every request has another one')
})

t.test('keeps the flags that have a meaning and clears the others', async (t) => {
  for (const [flags, kept] of [
    ['00', '00'],
    ['01', '01'],
    ['03', '03'],
    ['ff', '03'],
    ['04', '00'],
  ] as const)
    t.equal(continueTrace(`00-${TRACE}-${PARENT}-${flags}`)?.slice(-2), kept, flags)
})

t.test('reads later versions and answers them as version 00', async (t) => {
  for (const text of [
    `01-${TRACE}-${PARENT}-01`,
    `cc-${TRACE}-${PARENT}-01-what-comes-later`,
    `fe-${TRACE}-${PARENT}-01-`,
  ])
    t.match(continueTrace(text), /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/, text)
})

t.test('refuses what W3C Trace Context forbids', async (t) => {
  const forbidden = [
    'x',
    `ff-${TRACE}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `0A-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-0A`,
    `00-${TRACE}-${PARENT}-0g`,
    `00-${TRACE}-${PARENT}-1`,
    `00-${TRACE}-${PARENT}-01-more`,
    `00-${TRACE}-${PARENT}-01-`,
    `01-${TRACE}-${PARENT}-01more`,
    `01-${TRACE}-${PARENT}-0`,
    `00_${TRACE}_${PARENT}_01`,
    `00-${TRACE}-${PARENT}\xe9-1`,
    `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`,
    `01-${TRACE}-${PARENT}-01, 01-${TRACE}-${PARENT}-01`,
  ]
  for (const text of forbidden) t.equal(continueTrace(text), undefined, text)
})

t.test('starts a trace that says it is not sampled', async (t) => {
  t.match(startTrace(), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  t.not(startTrace(), startTrace())
})
