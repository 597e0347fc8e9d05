import path from 'node:path'
import { discover } from './discover.ts'
import type { LoadOptions } from './load.ts'
import { createLoadContext } from './load-context.ts'
import { child } from './node.ts'
import { diskReaders } from './read-file.ts'

/**
 * The `plugins:` of drawbridge.yaml: package names, and absolute paths. Plugins must be imported before `loadConfig`
 * can validate their keys; what is wrong with the file is left for `loadConfig` to say.
 */
export function readPluginNames({
  file,
  env = process.env,
  readers = diskReaders,
}: Pick<LoadOptions, 'file' | 'env' | 'readers'>): readonly string[] {
  const found = discover(createLoadContext({ readers, env }), file)
  const list = child(found.main, 'plugins')
  if (list?.kind !== 'list') return []
  return list.items.flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [absolutePlugin(found.file, item.value)] : [],
  )
}

/** Paths (`./x`, `../x`, `/x`) are relative to drawbridge.yaml; anything else is the name of a package. */
export function absolutePlugin(file: string, name: string): string {
  return /^\.{0,2}\//.test(name) ? path.resolve(path.dirname(file), name) : name
}
