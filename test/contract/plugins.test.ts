import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PHASES, type Plugin, resolveOptions, toPlainSchema } from '@drawbridge/plugin-kit'
import Fastify from 'fastify'
import t from 'tap'
import { echoListener, startBackend, startGateway } from '../support/fixtures.ts'

const ROOT = join(import.meta.dirname, '../..')
const folders = readdirSync(join(ROOT, 'plugins'))

const shipped = await Promise.all(
  folders.map(async (folder) => ({
    folder,
    manifest: JSON.parse(readFileSync(join(ROOT, 'plugins', folder, 'package.json'), 'utf8')),
    loaded: (await import(join(ROOT, 'plugins', folder, 'src/index.ts'))) as { plugin: Plugin; default: unknown },
  })),
)

for (const { folder, manifest, loaded } of shipped) {
  t.test(`${manifest.name} keeps the contract`, async (t) => {
    const { plugin } = loaded
    t.equal(loaded.default, plugin.route, 'the default export is the route part')
    t.ok(Object.isFrozen(plugin), 'the manifest is frozen')
    t.equal(manifest.name, `@drawbridge/plugin-${plugin.name}`, 'name and package agree')
    t.equal(folder.replace(/^_/, ''), plugin.name, 'name and folder agree')
    t.ok(PHASES.includes(plugin.phase), 'the phase is one of the seven')
    t.strictSame(undescribed(toPlainSchema(plugin.options) as Schema), [], 'every option is described')
    t.strictSame(openObjects(plugin.options), [], 'every object is closed')
    const defaults = resolveOptions(plugin.options, {})
    t.ok('value' in defaults, 'its defaults are valid')
    if ('value' in defaults)
      t.strictSame((plugin.check?.(defaults.value) ?? []).filter(isError), [], 'and pass its own check')
    for (const [app, raw] of Object.entries(plugin.presets ?? {}))
      t.ok('value' in resolveOptions(plugin.options, raw), `preset ${app} is valid`)
    t.strictSame(
      errorCodes(folder).filter((code) => !code.startsWith(`DRAWBRIDGE_${upper(plugin.name)}_`)),
      [],
      'error codes have its prefix',
    )
  })

  t.test(`${manifest.name} says in its README what its options are`, async (t) => {
    const readme = readFileSync(join(ROOT, 'plugins', folder, 'README.md'), 'utf8')
    for (const name of optionNames(loaded.plugin.options)) t.ok(readme.includes(`\`${name}\``), name)
  })

  t.test(`${manifest.name} runs in any Fastify app`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    app.register(loaded.plugin.route, {})
    app.get('/', async () => ({ ok: true }))
    const response = await app.inject('/')
    t.equal(response.statusCode, 200)
    t.strictSame(response.json(), { ok: true })
  })

  t.test(`${manifest.name} runs in the gateway`, async (t) => {
    const backend = await startBackend(t, echoListener)
    const { url } = await startGateway(t, { routes: { '127.0.0.1': backend.url }, plugins: [[loaded.plugin, {}]] })
    const response = await fetch(url, { method: 'POST', body: 'hello' })
    t.equal(response.status, 200)
    t.match(await response.json(), { method: 'POST', body: 'hello' })
  })

  t.test(`${manifest.name} refuses an unknown option and says which`, async (t) => {
    const resolution = resolveOptions(loaded.plugin.options, { no_such_option: 1 })
    t.match(resolution.problems, [{ code: 'unknown-key', path: ['no_such_option'] }])
  })
}

function isError({ severity }: { severity: string }): boolean {
  return severity === 'error'
}

function upper(name: string): string {
  return name.replaceAll('-', '_').toUpperCase()
}

type Schema = {
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  type?: unknown
  description?: string
  additionalProperties?: unknown
  patternProperties?: Record<string, Schema>
}

function undescribed(schema: Schema, path = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
    ...(inner.description === undefined ? [path + key] : []),
    ...undescribed(inner, `${path}${key}.`),
    ...undescribed(inner.items ?? {}, `${path}${key}[].`),
  ])
}

/** Objects must be closed, or be maps with values of one kind. */
function openObjects(schema: Schema, path = 'options'): string[] {
  const isOpen = schema.properties !== undefined && schema.additionalProperties !== false
  return [
    ...(isOpen ? [path] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => openObjects(inner, `${path}.${key}`)),
    ...(schema.anyOf ?? []).flatMap((inner) => openObjects(inner, path)),
    ...(schema.items === undefined ? [] : openObjects(schema.items, `${path}[]`)),
  ]
}

function optionNames(schema: Schema, path = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const nested = [...optionNames(inner, `${path}${key}.`), ...optionNames(inner.items ?? {}, `${path}${key}[].`)]
    return nested.length > 0 ? nested : [path + key]
  })
}

function errorCodes(folder: string): string[] {
  const file = join(ROOT, 'plugins', folder, 'src/errors.ts')
  if (!existsSync(file)) return []
  return [...readFileSync(file, 'utf8').matchAll(/'(DRAWBRIDGE_\w+)'/g)].map(([, code = '']) => code)
}
