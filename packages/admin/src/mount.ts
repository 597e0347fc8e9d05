import type { Plugin } from '@drawbridge/plugin-kit'
import type { AdminParts } from './admin-parts.ts'
import { type BuiltApp, buildApp } from './build-app.ts'

/**
 * Builds the app with the endpoints of every plugin; those of a plugin that cannot be mounted are left out as a whole, and said so. Whether
 * a plugin's endpoints are sound shows only when all is put together, so the culprits are found by adding one after the other.
 */
export async function mountPlugins(
  parts: AdminParts,
  { plugins, allowedHosts }: { plugins: readonly Plugin[]; allowedHosts: ReadonlySet<string> },
): Promise<BuiltApp> {
  const wanted = plugins.filter(({ admin }) => admin !== undefined)
  try {
    return await buildApp(parts, { plugins: wanted, allowedHosts })
  } catch {
    const sound: Plugin[] = []
    for (const plugin of wanted) {
      try {
        const { app } = await buildApp(parts, { plugins: [...sound, plugin], allowedHosts })
        await app.close()
        sound.push(plugin)
      } catch (error) {
        parts.host.log.error({ err: error, plugin: plugin.name }, 'the endpoints of this plugin are left out')
      }
    }
    return buildApp(parts, { plugins: sound, allowedHosts })
  }
}
