import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Copies `plugins/_template` to `plugins/NAME`, renames everything in it and enters it in the gateway's list. */
const root = join(import.meta.dirname, '..')
const name = process.argv[2] ?? ''

if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name)) {
  console.error('usage: npm run new-plugin NAME   (kebab-case, e.g. rate-limit)')
  process.exit(2)
}

const names = {
  kebab: name,
  snake: name.replaceAll('-', '_'),
  camel: name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
  pascal: name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
}
const folder = join(root, 'plugins', name)
if (existsSync(folder)) {
  console.error(`plugins/${name} exists already; nothing was written`)
  process.exit(1)
}
await cp(join(root, 'plugins/_template'), folder, {
  recursive: true,
  filter: (source) => !/node_modules|dist/.test(source.slice(root.length)),
})
for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
  if (file.isFile()) await edit(join(file.parentPath, file.name), rename)
}
await edit(join(folder, 'package.json'), (text) =>
  text.replace(/ {2}"private": true,\n/, '').replace('"version": "0.0.0"', '"version": "0.1.0"'),
)
await enter()
// Links the new package's dependencies; without them neither its tests nor the gateway would start.
const installed = spawnSync(process.execPath, [join(root, 'scripts/bootstrap.mjs'), 'relock'], { stdio: 'inherit' })
if (installed.status !== 0) process.exit(1)
console.error(
  `plugins/${name} is made and entered in packages/gateway/src/plugins.ts. Next: npm test -- plugins/${name}/test/*.ts, then plugins/${name}/src.`,
)

function rename(text: string): string {
  return text
    .replaceAll('plugin-template', `plugin-${names.kebab}`)
    .replaceAll('TemplateOptions', `${names.pascal}Options`)
    .replaceAll("key: 'template'", `key: '${names.snake}'`)
    .replaceAll('`template:`', `\`${names.snake}:\``)
    .replaceAll(/^template:$/gm, `${names.snake}:`)
    .replaceAll('template\\.greeting', `${names.snake}\\.greeting`)
    .replaceAll("name: 'template'", `name: '${names.kebab}'`)
    .replaceAll(/import template from/g, `import ${names.camel} from`)
    .replaceAll(/register\(template,/g, `register(${names.camel},`)
}

/** The places that name every plugin: the list, the package that holds it, and the build order. */
async function enter(): Promise<void> {
  const gateway = join(root, 'packages/gateway')
  const entry = `export { plugin as ${names.camel} } from '@drawbridge/plugin-${name}'\n`
  await edit(join(gateway, 'src/plugins.ts'), (text) => sortedLines(text + entry))
  await edit(join(gateway, 'package.json'), (text) => {
    const manifest = JSON.parse(text)
    const all = { ...manifest.dependencies, [`@drawbridge/plugin-${name}`]: 'workspace:^' }
    manifest.dependencies = Object.fromEntries(Object.entries(all).sort(([a], [b]) => a.localeCompare(b)))
    return `${JSON.stringify(manifest, null, 2)}\n`
  })
  await edit(join(gateway, 'tsconfig.json'), (text) => {
    const config = JSON.parse(text)
    config.references.push({ path: `../../plugins/${name}` })
    return `${JSON.stringify(config, null, 2)}\n`
  })
}

function sortedLines(text: string): string {
  const lines = text.trimEnd().split('\n')
  const comments = lines.filter((line) => !line.startsWith('export'))
  return `${[...comments, ...lines.filter((line) => line.startsWith('export')).sort()].join('\n')}\n`
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')))
}
