import { definePlugin, type Plugin } from '@drawbridge/plugin-kit'
import t from 'tap'
import { Type } from 'typebox'
import { combinePlugins, orderPlugins } from '../src/index.ts'
import { fakePlugins } from './support/fake-plugins.ts'
import { inShort, loadRoute } from './support/load-text.ts'

const base = 'host: a.example\nbackend: demo\n'

function plugin(name: string, more: Partial<Plugin> = {}): Plugin {
  const options = Type.Object({}, { additionalProperties: false })
  return definePlugin({ name, key: name.replaceAll('-', '_'), phase: 'guard', isOnByDefault: false, options, ...more })
}

t.test('a shipped plugin that is not installed is named; what it should guard makes it an error', async (t) => {
  t.strictSame(inShort(loadRoute(`${base}waf: { enabled: true }\n`)), [
    'error[missing-plugin] route.yaml:3:1 `waf` needs @drawbridge/plugin-waf, which is not installed | install @drawbridge/plugin-waf and add it to "plugins" in drawbridge.yaml, or write "waf: false"',
  ])
  t.match(inShort(loadRoute(`${base}data_retention: {}\n`)), [/^error.*@drawbridge\/plugin-retention,/])
  const result = loadRoute(`${base}compression: true\n`)
  t.match(inShort(result), [
    /^warning\[missing-plugin\] route.yaml:3:1 `compression` needs @drawbridge\/plugin-compression,/,
  ])
  t.ok(result.config)
  for (const off of ['waf: false', 'waf: { enabled: false, mode: block }'])
    t.strictSame(inShort(loadRoute(`${base}${off}\n`)), [])
})

t.test('a misspelt key finds shipped plugins, too', async (t) => {
  t.match(inShort(loadRoute(`${base}compresion: true\n`)), [
    /unknown key "compresion" \| did you mean "compression"\?$/,
  ])
})

t.test('a plugin that throws or does not accept its own defaults stops nothing but its route', async (t) => {
  const failing = plugin('failing', {
    check() {
      throw new Error('no luck')
    },
  })
  const result = loadRoute(`${base}failing: true\n---\nhost: b.example\nbackend: demo\n`, { plugins: [failing] })
  t.match(inShort(result), [
    'error[plugin-failed] route.yaml:3:10 the plugin failing failed to read its options: no luck',
  ])
  t.strictSame(
    result.partial?.routes.map(({ hosts }) => hosts),
    [['b.example']],
  )
})

t.test('a plugin that waits for events hears when no plugin of its route announces them', async (t) => {
  const problem = { severity: 'warning', code: 'no-effect', path: [], message: 'nobody calls' } as const
  const waiting = plugin('waiting', { awaits: () => [{ event: 'call', problem }] })
  const calling = plugin('calling', { announces: () => ['call'] })
  const throwing = plugin('throwing', {
    announces() {
      throw new Error('no luck')
    },
  })
  const plugins = [...fakePlugins, waiting, calling, throwing]
  const load = (keys: string) => inShort(loadRoute(base + keys, { plugins }))
  t.strictSame(load('waiting: true\nthrowing: true\n'), ['warning[no-effect] route.yaml:3:10 nobody calls'])
  t.strictSame(load('waiting: true\ncalling: true\n'), [])
  t.strictSame(load('waiting: false\n'), [])
})

t.test('what is off is still read, but its plugin is not asked', async (t) => {
  const asked = plugin('asked', {
    check: () => [{ severity: 'error', code: 'never', path: [], message: 'never right' }],
  })
  const load = (text: string) => inShort(loadRoute(`${base}asked: ${text}\n`, { plugins: [asked] }))
  t.strictSame(load('{ enabled: false }'), [])
  t.strictSame(load('{ enabled: false, typo: 1 }'), ['error[unknown-key] route.yaml:3:26 unknown key "typo" in asked'])
  t.strictSame(load('{ enabled: true }'), ['error[never] route.yaml:3:1 never right'])
})

t.test("a problem without a place of its own is shown at the plugin's key, or else at the route", async (t) => {
  const strict = plugin('strict', {
    isOnByDefault: true,
    phase: 'shape',
    check: () => [{ severity: 'error', code: 'never', path: ['a', 'b'], message: 'never right' }],
  })
  t.strictSame(inShort(loadRoute(`# c\n${base}`, { plugins: [strict] })), ['error[never] route.yaml:2:1 never right'])
  t.strictSame(inShort(loadRoute(`${base}strict: {}\n`, { plugins: [strict] })), [
    'error[never] route.yaml:3:1 never right',
  ])
})

t.test('a plugin may have an option called enabled', async (t) => {
  const own = plugin('own', {
    options: Type.Object(
      { enabled: Type.Boolean({ default: true, description: 'x' }) },
      { additionalProperties: false },
    ),
  })
  const { config } = loadRoute(`${base}own: { enabled: true }\n`, { plugins: [own] })
  t.strictSame(config?.routes[0]?.plugins[0]?.options, { enabled: true })
})

t.test('plugins stand in the order of phases and of after, else as given', async (t) => {
  const names = (plugins: readonly Plugin[]) => orderPlugins(plugins).map(({ name }) => name)
  const given = [
    plugin('log', { phase: 'record' }),
    plugin('waf', { after: ['rate-limit', 'not-installed'] }),
    plugin('b'),
    plugin('rate-limit', { after: ['limits'] }),
    plugin('limits'),
    plugin('trace', { phase: 'trace' }),
  ]
  t.strictSame(names(given), ['trace', 'b', 'limits', 'rate-limit', 'waf', 'log'])
  t.strictSame(names(fakePlugins), ['limits', 'rate-limit', 'headers', 'timeouts'])
})

t.test('a cycle and an unknown phase are start errors that name the plugins', async (t) => {
  const a = plugin('a', { after: ['c'] })
  const b = plugin('b', { after: ['a'] })
  const c = plugin('c', { after: ['b'] })
  t.throws(() => orderPlugins([plugin('d', { after: ['a'] }), a, b, c]), {
    message: 'plugins a, c, b each want to come after another',
  })
  t.throws(() => orderPlugins([plugin('x', { phase: 'never' as never })]), {
    message: 'plugin x has the unknown phase "never"; there are trace, gate, guard, shape, upstream, respond, record',
  })
})

t.test('an external plugin takes the place of the shipped one with its key', async (t) => {
  const shipped = [plugin('waf'), plugin('limits')]
  const mine = plugin('my-waf', { key: 'waf' })
  t.strictSame(combinePlugins(shipped, [mine]), {
    plugins: [shipped[1], mine],
    replaced: [{ key: 'waf', builtIn: 'waf', external: 'my-waf' }],
  })
})

t.test('plugins that contradict each other are start errors', async (t) => {
  t.throws(() => combinePlugins([], [plugin('a', { key: 'waf' }), plugin('b', { key: 'waf' })]), {
    message: 'plugins a and b both have the key "waf"; remove one of them',
  })
  t.throws(() => combinePlugins([plugin('a')], [plugin('a', { key: 'b' })]), { message: 'two plugins are called a' })
  t.throws(() => combinePlugins([plugin('a', { key: 'host' })], []), {
    message: 'plugin a has the key "host", which is already taken',
  })
})
