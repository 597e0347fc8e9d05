import { formatFindings, type LoadResult, loadConfig } from '@drawbridge/config'
import pc from 'picocolors'
import { findConfig } from './find-config.ts'
import { type InstalledPlugins, loadPlugins } from './load-plugins.ts'

/** A configuration as a command finds it. */
export interface ReadConfiguration extends InstalledPlugins {
  readonly file: string
  readonly result: LoadResult
}

/** Finds and loads the configuration that a command was given. Throws a CommandError when there is none. */
export async function readConfiguration(named: string | undefined): Promise<ReadConfiguration> {
  const file = findConfig(named)
  const installed = await loadPlugins(file)
  return { file, ...installed, result: loadConfig({ file, plugins: installed.plugins }) }
}

/** Findings for a terminal, on standard error. */
export function printFindings({ findings, sources }: Pick<LoadResult, 'findings' | 'sources'>): void {
  const text = formatFindings(findings, sources)
  const { bold, red, yellow, cyan } = pc.createColors(process.stderr.isTTY && pc.isColorSupported)
  process.stderr.write(
    text
      .replaceAll(/^error\[[\w-]+\]/gm, (match) => bold(red(match)))
      .replaceAll(/^warning\[[\w-]+\]/gm, (match) => bold(yellow(match)))
      .replaceAll(/^ {2}help:/gm, (match) => cyan(match)),
  )
}
