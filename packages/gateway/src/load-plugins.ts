import { createRequire } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { combinePlugins, readPluginNames } from '@drawbridge/config'
import type { Plugin } from '@drawbridge/plugin-kit'
import { CommandError, EXIT } from './exit-code.ts'
import * as shipped from './plugins.ts'

/** The plugins to run, and in words which shipped ones had to make way for others. */
export interface InstalledPlugins {
  readonly plugins: readonly Plugin[]
  readonly notes: readonly string[]
}

/**
 * The shipped plugins and those that drawbridge.yaml names under `plugins:`; the shipped ones alone without a file. Throws a CommandError
 * naming what cannot be loaded.
 */
export async function loadPlugins(file: string | undefined): Promise<InstalledPlugins> {
  const external =
    file === undefined
      ? []
      : await Promise.all(readPluginNames({ file }).map((name) => importPlugin(name, resolve(file))))
  try {
    const { plugins, replaced } = combinePlugins(Object.values(shipped), external)
    return {
      plugins,
      notes: replaced.map(({ key, builtIn, external: by }) => `${key}: ${by} replaces the shipped ${builtIn}`),
    }
  } catch (error) {
    throw new CommandError((error as Error).message, EXIT.invalidConfig)
  }
}

async function importPlugin(name: string, file: string): Promise<Plugin> {
  let module: { plugin?: Plugin }
  try {
    module = await import(locate(name, file))
  } catch (error) {
    throw new CommandError(
      `plugins: cannot load "${name}": ${reasonOf(error as NodeJS.ErrnoException)}`,
      EXIT.invalidConfig,
    )
  }
  if (typeof module.plugin?.route === 'function') return module.plugin
  throw new CommandError(
    `plugins: "${name}" does not export a plugin (export const plugin = definePlugin(…))`,
    EXIT.invalidConfig,
  )
}

/** Packages are those beside the configuration, where its owner installs them, or else the gateway's own. */
function locate(name: string, file: string): string {
  if (isAbsolute(name)) return pathToFileURL(name).href
  try {
    return pathToFileURL(createRequire(file).resolve(name)).href
  } catch {
    return name
  }
}

/** Node names the file in which the import stands, which is no business of whoever wrote the configuration. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  const [missing = message] = message.split(' imported from ', 1)
  return code === 'ERR_MODULE_NOT_FOUND' ? `${missing}. Install it, or write its path: ./NAME.ts` : message
}
