import { EXIT } from '../exit-code.ts'
import * as shipped from '../plugins.ts'
import { VERSION } from '../version.ts'

/** `drawbridge version`. */
export async function printVersion({ json }: { json?: boolean }): Promise<number> {
  const facts = {
    version: VERSION,
    node: process.versions.node,
    plugins: Object.values(shipped).map(({ name }) => name),
  }
  process.stdout.write(json ? `${JSON.stringify(facts, null, 2)}\n` : `${VERSION}\n`)
  return EXIT.ok
}
