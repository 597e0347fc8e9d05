import type { LoadResult } from '@drawbridge/config'
import { Document, isPair, isSeq, type Node, type Pair, stringify, visit } from 'yaml'
import { CommandError, EXIT } from '../exit-code.ts'
import { printFindings, readConfiguration } from '../read-configuration.ts'

/** `drawbridge config`: the configuration as it acts, as YAML (or JSON) on standard output. */
export async function printConfig(options: {
  config?: string
  host?: string
  origins?: boolean
  json?: boolean
}): Promise<number> {
  const { result } = await readConfiguration(options.config)
  if (result.config === undefined) {
    printFindings(result)
    return EXIT.invalidConfig
  }
  const hosts =
    options.host === undefined
      ? [undefined, ...result.config.routes.map(({ hosts: [first] }) => first)]
      : [options.host]
  const parts = hosts.map((host) => describe(result, host, options))
  const text = options.json
    ? `${JSON.stringify(parts.length === 1 ? parts[0] : parts, null, 2)}\n`
    : parts.join('---\n')
  process.stdout.write(text)
  return EXIT.ok
}

function describe(
  result: LoadResult,
  host: string | undefined,
  { origins, json }: { origins?: boolean; json?: boolean },
): unknown {
  const values = result.effectiveConfig(host)
  const places = result.origins(host)
  if (values === undefined || places === undefined) throw new CommandError(`no route serves "${host}"`, EXIT.usage)
  const from = new Map([...places].map(([path, origin]) => [path, formatOrigin(origin)]))
  if (json) return origins ? { values, origins: Object.fromEntries(from) } : values
  return origins ? withOrigins(values, from) : stringify(values)
}

function formatOrigin(origin: string | { file: string; line: number }): string {
  return typeof origin === 'string' ? origin : `${origin.file}:${origin.line}`
}

/** YAML with the origin of every value as a comment behind it. */
function withOrigins(values: object, origins: ReadonlyMap<string, string>): string {
  const document = new Document(values)
  visit(document, {
    Scalar(key, node, ancestors) {
      const origin = origins.get(pathOf(ancestors as Node[], node))
      if (key !== 'key' && origin !== undefined) node.comment = ` ${origin}`
    },
  })
  return document.toString({ lineWidth: 0 })
}

/** The dotted path to a node: the keys and indexes of the collections around it. */
function pathOf(ancestors: readonly (Node | Pair)[], node: Node): string {
  const chain = [...ancestors, node]
  return chain
    .flatMap((step, index) => {
      if (isPair(step)) return [String(step.key)]
      return isSeq(step) ? [String(step.items.indexOf(chain[index + 1]))] : []
    })
    .join('.')
}
