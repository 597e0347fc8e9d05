import { EXIT } from '../exit-code.ts'
import { printFindings, readConfiguration } from '../read-configuration.ts'

/** `drawbridge validate`: every finding at once; exit code 3 when one is an error. */
export async function validate({ config, json }: { config?: string; json?: boolean }): Promise<number> {
  const { result, file } = await readConfiguration(config)
  const { findings } = result
  if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
  else printFindings(result)
  if (result.config === undefined) return EXIT.invalidConfig
  if (!json) process.stderr.write(`${file} is valid: ${describeRoutes(result.config.routes.length)}\n`)
  return EXIT.ok
}

function describeRoutes(count: number): string {
  return count === 1 ? '1 route' : `${count} routes`
}
