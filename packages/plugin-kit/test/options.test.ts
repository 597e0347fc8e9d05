import { Duration, PathPattern, resolveOptions, Size, toPlainSchema } from '@drawbridge/plugin-kit'
import { Ajv } from 'ajv'
import t from 'tap'
import { Type } from 'typebox'

const Options = Type.Object(
  {
    timeout: Duration({ description: 'How long.', default: '5s', max: 60_000 }),
    size: Type.Optional(Size({ description: 'How much.' })),
    mode: Type.Optional(Type.Union([Type.Literal('block'), Type.Literal('log')], { description: 'What to do.' })),
    inner: Type.Object(
      { isOn: Type.Boolean({ description: 'Whether.', default: true }) },
      { additionalProperties: false, default: {}, description: 'Inside.' },
    ),
    paths: Type.Array(Type.Object({ path: PathPattern({ description: 'Where.' }) }, { additionalProperties: false }), {
      default: [],
      description: 'By path.',
    }),
  },
  { additionalProperties: false },
)

const problemsOf = (raw: unknown) => resolveOptions(Options, raw).problems

t.test('fills in defaults, converts values, freezes the outcome and leaves the input alone', async (t) => {
  const raw = { size: '10mb', paths: [{ path: '/a/*' }] }
  const resolution = resolveOptions(Options, raw)
  t.strictSame('value' in resolution && resolution.value, {
    timeout: 5000,
    size: 10_485_760,
    inner: { isOn: true },
    paths: [{ path: '/a/*' }],
  })
  t.ok('value' in resolution && Object.isFrozen(resolution.value) && Object.isFrozen(resolution.value.paths[0]))
  t.strictSame(raw, { size: '10mb', paths: [{ path: '/a/*' }] })
})

t.test('resolved options are not resolved again: 5000 is not 5000 seconds', async (t) => {
  const first = resolveOptions(Options, { timeout: '5s' })
  const second = resolveOptions(Options, 'value' in first ? first.value : undefined)
  t.equal('value' in second && second.value, 'value' in first && first.value)
})

t.test('tells all problems at once, each with its place and in words', async (t) => {
  t.match(problemsOf({ timeout: 'soon', inner: { isOn: 'yes' }, paths: [{ path: 'a' }], tiemout: 1 }), [
    {
      code: 'unknown-key',
      path: ['tiemout'],
      message: 'unknown key "tiemout"',
      known: ['timeout', 'size', 'mode', 'inner', 'paths'],
    },
    { code: 'bad-value', path: ['timeout'], message: /must be a duration such as 250ms/ },
    { code: 'wrong-type', path: ['inner', 'isOn'], message: '"isOn" must be true or false' },
    { code: 'bad-value', path: ['paths', 0, 'path'], message: /must be a path pattern such as/ },
  ])
})

t.test('bounds are told in the unit they are written in', async (t) => {
  t.match(problemsOf({ timeout: '2m' }), [{ path: ['timeout'], message: '"timeout" must be at most 1m' }])
})

t.test('one of several words is told as the list of words', async (t) => {
  t.match(problemsOf({ mode: 'blokc' }), [{ path: ['mode'], message: '"mode" must be one of block, log' }])
})

t.test('the plain schema is draft-07 that any editor understands', async (t) => {
  const validate = new Ajv({ strict: false }).compile(toPlainSchema(Options))
  t.ok(validate({ timeout: '2h45m', size: 1024, inner: { isOn: false }, paths: [{ path: '/a' }] }))
  t.ok(validate({ timeout: 5, inner: { isOn: true }, paths: [] }))
  t.notOk(validate({ timeout: 'soon', inner: { isOn: true }, paths: [] }))
})
