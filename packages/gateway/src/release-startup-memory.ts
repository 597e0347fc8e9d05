import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const AFTER_MS = 5_000

/**
 * Gives back what the start needed and nobody needs again: compiling schemas and reading the configuration leave 40 MiB of empty heap, which V8
 * keeps until there is so much traffic that it collects. Once, for a pause of about 20 ms, a few seconds behind the start.
 */
export function releaseStartupMemory(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as (options: { type: 'major'; flavor: 'last-resort' }) => void
    collect({ type: 'major', flavor: 'last-resort' })
  }, AFTER_MS).unref()
}
