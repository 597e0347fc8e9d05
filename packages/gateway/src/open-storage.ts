import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { GatewayConfig } from '@drawbridge/config'
import { coreMigrations, type Database, migrate, openDatabase, resolveRouteIds } from '@drawbridge/db'
import type { Log } from '@drawbridge/plugin-kit'

/** The gateway's database, or its absence: proxying goes on without one. */
export interface Storage {
  /** Gives every host of the configuration its stable id. */
  enterRoutes(config: GatewayConfig): void
  close(): void
}

/** Opens the data folder and the database in it. What goes wrong is logged; the gateway then runs without storage. */
export function openStorage({ dataFolder }: GatewayConfig, log: Log): Storage {
  const database = tryOpen(dataFolder, log)
  return {
    enterRoutes({ routes }) {
      if (database === undefined) return
      try {
        resolveRouteIds(
          database,
          routes.flatMap(({ hosts }) => hosts),
        )
      } catch (error) {
        log.error({ err: error }, 'the routes could not be entered in the database')
      }
    },
    close: () => database?.close(),
  }
}

function tryOpen(folder: string, log: Log): Database | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const database = openDatabase({ file: join(folder, 'drawbridge.db') })
    migrate(database, coreMigrations)
    return database
  } catch (error) {
    log.error({ err: error }, 'no database: requests are served, nothing is stored')
    return undefined
  }
}
