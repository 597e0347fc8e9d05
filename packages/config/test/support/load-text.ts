import { type LoadOptions, type LoadResult, loadConfig } from '../../src/index.ts'
import { fakePlugins } from './fake-plugins.ts'
import { memoryReaders } from './memory-readers.ts'

/** Loads files given as text; `-c` is drawbridge.yaml unless told otherwise. */
export function loadText(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<LoadOptions> = {},
): LoadResult {
  return loadConfig({
    file: 'drawbridge.yaml',
    plugins: fakePlugins,
    env: {},
    readers: memoryReaders(files),
    ...options,
  })
}

/** Loads one route file called `route.yaml`. */
export function loadRoute(text: string, options: Partial<LoadOptions> = {}): LoadResult {
  return loadText({ 'route.yaml': text }, { file: 'route.yaml', ...options })
}

/** Findings in short: `error[code] file:line:column message`. */
export function inShort({ findings }: Pick<LoadResult, 'findings'>): string[] {
  return findings.map(
    ({ severity, code, file, line, column, message, hint }) =>
      `${severity}[${code}] ${file}:${line}:${column} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  )
}
