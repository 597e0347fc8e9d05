import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'

const ROOT = join(import.meta.dirname, '../..')

/** Which of our packages a package may import. Plugins may import plugin-kit alone; only gateway names plugins. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'packages/plugin-kit': [],
  'packages/config': ['@drawbridge/plugin-kit'],
  'packages/core': ['@drawbridge/plugin-kit', '@drawbridge/config'],
  'packages/admin': ['@drawbridge/plugin-kit', '@drawbridge/config', '@drawbridge/db'],
  'packages/gateway': [
    '@drawbridge/plugin-kit',
    '@drawbridge/config',
    '@drawbridge/core',
    '@drawbridge/db',
    '@drawbridge/admin',
  ],
  db: [],
}
const IMPORT = /^(?:import|export)\b[^'"]*? from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm
const PLUGIN_IMPORTS = ['@drawbridge/plugin-kit']

const packages = ['packages', 'plugins']
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`))
  .concat('db')

for (const folder of packages) {
  t.test(`${folder} imports only what its place allows`, async (t) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
    const allowed = folder.startsWith('plugins/') ? PLUGIN_IMPORTS : (ALLOWED[folder] ?? [])
    t.strictSame(
      Object.keys(manifest.dependencies ?? {}).filter((name) => isOurs(name) && !isAllowed(folder, name, allowed)),
      [],
      'dependencies in package.json',
    )
    for (const file of sourceFiles(join(ROOT, folder, 'src'))) {
      const text = readFileSync(file, 'utf8')
      const name = relative(ROOT, file)
      t.strictSame(forbiddenImports(text, folder, [...allowed, manifest.name]), [], name)
      t.strictSame(undeclared(text, manifest), [], `${name} imports only what package.json lists`)
      if (folder !== 'packages/gateway')
        t.notMatch(text, /@drawbridge\/plugin-(?!kit)[\w-]+'/, `${name} names no plugin`)
    }
  })
}

t.test('only src/plugins.ts of the gateway names plugins', async (t) => {
  for (const file of sourceFiles(join(ROOT, 'packages/gateway/src'))) {
    if (file.endsWith('/plugins.ts')) continue
    t.notMatch(readFileSync(file, 'utf8'), /@drawbridge\/plugin-(?!kit)/, relative(ROOT, file))
  }
})

t.test('every plugin folder is in the list of shipped plugins', async (t) => {
  const list = readFileSync(join(ROOT, 'packages/gateway/src/plugins.ts'), 'utf8')
  const names = readdirSync(join(ROOT, 'plugins')).filter((name) => name !== '_template')
  for (const name of names) t.match(list, new RegExp(`'@drawbridge/plugin-${name}'`), name)
  t.equal(list.match(/^export/gm)?.length, names.length, 'and nothing else is')
})

function isOurs(name: string): boolean {
  return name.startsWith('@drawbridge/')
}

function isAllowed(folder: string, name: string, allowed: readonly string[]): boolean {
  return allowed.includes(name) || (folder === 'packages/gateway' && name.startsWith('@drawbridge/plugin-'))
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function importsOf(text: string): string[] {
  const specifiers = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
  return specifiers.filter((specifier) => !specifier.startsWith('.'))
}

function forbiddenImports(text: string, folder: string, allowed: readonly string[]): string[] {
  return importsOf(text).filter((name) => isOurs(name) && !isAllowed(folder, packageName(name), allowed))
}

function undeclared(
  text: string,
  manifest: { name: string; dependencies?: object; peerDependencies?: object },
): string[] {
  const declared = new Set([
    manifest.name,
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}),
  ])
  return importsOf(text).filter((name) => !name.startsWith('node:') && !declared.has(packageName(name)))
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
