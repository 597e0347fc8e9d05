import { join } from 'node:path'
import { adminMigrations, adminTables } from '@drawbridge/admin'
import type { GatewayConfig, LoadResult } from '@drawbridge/config'
import { createStorage, type ManagedStorage } from '@drawbridge/db'
import {
  type AuditTrail,
  type BanList,
  createServices,
  type Log,
  noBanList,
  type Plugin,
  type ServiceHostParts,
  type Services,
  systemClock,
} from '@drawbridge/plugin-kit'
import { createInstallation, type LiveInstallation } from './installation.ts'
import type { LiveRedactor } from './live-redactor.ts'
import { createPseudonyms } from './pseudonyms.ts'
import { readSecretKey } from './secret-key.ts'

/** What a platform is made from. */
export interface PlatformOptions {
  readonly plugins: readonly Plugin[]
  readonly config: GatewayConfig
  readonly log: Log
  readonly redactor: LiveRedactor
}

/** What stands under the proxy and the admin app: storage, keys, the audit log, the plugins' services. */
export interface Platform {
  readonly storage: ManagedStorage
  readonly installation: LiveInstallation
  /** What the gateway's services are made from. */
  readonly parts: ServiceHostParts
  readonly services: Services
  /** Makes this configuration the one that everybody sees. */
  follow(result: LoadResult, config: GatewayConfig): void
  /** Makes every plugin's service: schedules begin. */
  startServices(): void
  /** Stops the services, then stores what is queued. */
  close(): Promise<void>
}

/** Opens the data folder and everything in it. What goes wrong is logged; the gateway then runs without storage until it is mended. */
export function createPlatform({ plugins, config, log, redactor }: PlatformOptions): Platform {
  const { dataFolder } = config
  const clock = systemClock
  const storage = createStorage({
    file: join(dataFolder, 'drawbridge.db'),
    migrations: [{ owner: 'admin', migrations: adminMigrations }, ...pluginMigrations(plugins)],
    every: clock.every,
    onChange: (problem) => logStorage(log, problem),
  })
  const pseudonyms = createPseudonyms({ file: join(dataFolder, 'keys/pseudonyms.json'), clock, log })
  const installation = createInstallation({
    plugins,
    ownTables: adminTables,
    dataFolder,
    routeIdOf: (host) => storage.routeIdOf(host),
    fingerprintKey: readSecretKey(join(dataFolder, 'keys/fingerprints.key')),
  })
  // The audit log is a plugin's, and that plugin's service needs a host: it is there before the first entry.
  let trail: AuditTrail | undefined
  const audit: AuditTrail = { append: async (entry) => trail?.append(entry) }
  let banList: BanList | undefined
  const bans: BanList = { ban: async (request) => (banList ?? noBanList).ban(request) }
  const parts = { clock, log, storage, redactor, pseudonyms, audit, bans, installation }
  const services = createServices(parts)
  const auditing = plugins.find(({ auditTrail }) => auditTrail !== undefined)
  const banning = plugins.find((plugin) => plugin.banList !== undefined)
  return {
    storage,
    installation,
    parts,
    services,
    follow(result, next) {
      storage.enterHosts(next.routes.flatMap(({ hosts }) => hosts))
      redactor.follow(next, pseudonyms)
      installation.follow(result, next)
      trail ??= auditing?.auditTrail?.(services.host)
      banList ??= banning?.banList?.(services.host)
    },
    startServices() {
      for (const plugin of plugins) if (plugin.service !== undefined) services.get(plugin)
    },
    async close() {
      await services.stop()
      await storage.close()
    },
  }
}

function pluginMigrations(plugins: readonly Plugin[]) {
  return plugins.flatMap(({ name, migrations }) => (migrations === undefined ? [] : [{ owner: name, migrations }]))
}

function logStorage(log: Log, problem: string | undefined): void {
  if (problem === undefined) log.info({}, 'the database is back: what happens is stored again')
  else log.error({ problem }, 'nothing is stored: requests are served')
}
