import { writeFileSync } from 'node:fs'
import { composeSchema } from '@drawbridge/config'
import { EXIT } from '../exit-code.ts'
import { findConfig } from '../find-config.ts'
import { loadPlugins } from '../load-plugins.ts'

/** `drawbridge schema`: the JSON Schema of the installed plugins' configuration, to standard output or a file. */
export async function printSchema({ config, out }: { config?: string; out?: string }): Promise<number> {
  // A schema needs no configuration; one that is there may name more plugins.
  const { plugins } = await loadPlugins(config === undefined ? 'drawbridge.yaml' : findConfig(config))
  const text = `${JSON.stringify(composeSchema(plugins), null, 2)}\n`
  if (out === undefined) process.stdout.write(text)
  else writeFileSync(out, text)
  return EXIT.ok
}
