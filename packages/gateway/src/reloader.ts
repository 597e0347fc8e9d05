import { readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatFindings, type GatewayConfig, type LoadResult, loadConfig } from '@drawbridge/config'
import type { Gateway } from '@drawbridge/core'
import type { ConfigurationFile } from '@drawbridge/plugin-kit'
import { account, describeRefusal, describeReload, RESTORED, type ReloadCause } from './audit-changes.ts'
import { isConfigurationPath } from './configuration-state.ts'
import type { Platform } from './platform.ts'
import type { ProcessLog } from './process-log.ts'
import { printFindings, type ReadConfiguration } from './read-configuration.ts'

/** What a reload works on. */
export interface ReloaderParts {
  readonly read: ReadConfiguration
  readonly config: GatewayConfig
  readonly gateway: Gateway
  readonly platform: Platform
  readonly log: ProcessLog
  /** Puts what the machine offers in place of what the configuration only names: the demo site. */
  readonly prepare: (config: GatewayConfig) => Promise<GatewayConfig>
}

/** Takes over a changed configuration, or says why not and goes on with the old one. */
export interface Reloader {
  /** Resolves with why the configuration was refused, or with nothing. One after the other; never rejects. */
  reload(cause: ReloadCause): Promise<string | undefined>
  /** Puts these files in the place of those of the same name and reloads. Rejects, the old files back in place, when the result is refused. */
  restore(files: readonly ConfigurationFile[]): Promise<void>
  /** All files the running configuration was read from. */
  files(): readonly string[]
  /** Resolves when no reload is under way. */
  settled(): Promise<unknown>
  /** Why the files as they are now were refused; nothing while they are in force. */
  problem(): string | undefined
}

/** Makes the reloader of a running gateway. */
export function createReloader({ read, config, gateway, platform, log, prepare }: ReloaderParts): Reloader {
  let current = config
  let files = read.result.files
  let problem: string | undefined
  let last: Promise<unknown> = Promise.resolve()

  async function reloadNow(cause: ReloadCause): Promise<string | undefined> {
    const result = loadConfig({ file: read.file, plugins: read.plugins, previous: current })
    printFindings(result)
    problem = result.config === undefined ? errorsOf(result) : await apply(result, result.config, cause)
    if (problem === undefined) return undefined
    log.error({ findings: result.findings.length }, 'configuration refused: the running one goes on unchanged')
    await account(platform.services.host, [describeRefusal(cause, problem)])
    return problem
  }

  async function apply(result: LoadResult, next: GatewayConfig, cause: ReloadCause): Promise<string | undefined> {
    try {
      const before = platform.installation.configuration()
      const applied = await gateway.apply(await prepare(next))
      warnAboutRestart(current, next, log)
      current = next
      files = result.files
      platform.follow(result, next)
      log.info(applied, 'configuration applied')
      const after = platform.installation.configuration()
      await account(platform.services.host, describeReload(cause, { before, after }, applied))
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
  return {
    reload: (cause) => inTurn(() => reloadNow(cause)),
    restore: (wanted) =>
      inTurn(async () => {
        const undo = await writeFiles(dirname(current.file), wanted)
        const refused = await reloadNow(RESTORED)
        if (refused === undefined) return
        await undo()
        await reloadNow(RESTORED)
        throw new Error(`these files were refused, the ones before are back in place. ${refused}`)
      }),
    files: () => files,
    settled: () => last,
    problem: () => problem,
  }
}

function errorsOf({ findings, sources }: LoadResult): string {
  return formatFindings(
    findings.filter(({ severity }) => severity === 'error'),
    sources,
  )
}

/** Writes each file in one step. Resolves with what puts the old ones back. Throws, having written nothing, for a path that is no configuration file. */
async function writeFiles(folder: string, files: readonly ConfigurationFile[]): Promise<() => Promise<void>> {
  const wrong = files.find(({ path }) => !isConfigurationPath(path))
  if (wrong !== undefined) throw new Error(`"${wrong.path}" is no file of this configuration`)
  const old = files.map(({ path }) => ({ path, text: readIfThere(join(folder, path)) }))
  const write = async (all: readonly { path: string; text: string | undefined }[]) => {
    for (const { path, text } of all) await replaceFile(join(folder, path), text)
  }
  await write(files)
  return () => write(old)
}

async function replaceFile(file: string, text: string | undefined): Promise<void> {
  if (text === undefined) return rm(file, { force: true })
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function warnAboutRestart(before: GatewayConfig, after: GatewayConfig, log: ProcessLog): void {
  const needsRestart = (['listen', 'admin', 'dataFolder'] as const).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  )
  if (needsRestart.length > 0) log.warn({ keys: needsRestart }, 'these settings need a restart to take effect')
}
