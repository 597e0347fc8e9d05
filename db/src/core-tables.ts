import { sqliteCore } from './drizzle.ts'

/**
 * Every host ever configured; rows stay when a host leaves the configuration, so records keep their meaning. Row 0 (empty
 * host) stands for unknown hosts. `createdAt` and `lastSeenAt` (last time it was configured) are seconds since 1970.
 */
export const routes = sqliteCore.sqliteTable('routes', {
  routeId: sqliteCore.integer('route_id').primaryKey({ autoIncrement: true }),
  host: sqliteCore.text('host').notNull().unique(),
  createdAt: sqliteCore.integer('created_at').notNull(),
  lastSeenAt: sqliteCore.integer('last_seen_at').notNull(),
})
