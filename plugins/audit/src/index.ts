import { definePlugin, type ServiceHost } from '@drawbridge/plugin-kit'
import { type AuditLog, createAuditLog } from './audit-log.ts'
import { createAuditStore } from './audit-store.ts'
import { COMMANDS } from './commands.ts'
import { addConfigRoutes } from './config-routes.ts'
import { addEntryRoutes, addVerifyRoute } from './entry-routes.ts'
import { EVENTS } from './events.ts'
import { addExportRoute } from './export-route.ts'
import { MIGRATIONS } from './migrations.ts'
import { AuditOptions } from './options.ts'
import { TABLES } from './tables.ts'

/** By which the service is found. */
const identity = { name: 'audit', service: createAuditLog }

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  ...identity,
  key: 'audit',
  phase: 'record',
  isOnByDefault: true,
  options: AuditOptions,
  problemsWhenOff: [
    {
      path: [],
      severity: 'warning',
      code: 'no-audit',
      message: 'nobody can tell afterwards who changed what, or who saw personal data',
    },
  ],
  auditTrail: logOf,
  admin(app, host) {
    const log = logOf(host)
    addEntryRoutes(app, host)
    addVerifyRoute(app, log)
    addExportRoute(app, host, log)
    addConfigRoutes(app, host, log)
  },
  commands: COMMANDS,
  tables: TABLES,
  migrations: MIGRATIONS,
  fileStores: (host) => [createAuditStore(host, logOf(host))],
  events: EVENTS,
})

function logOf(host: ServiceHost): AuditLog {
  return host.service<AuditLog>(identity)
}

export default plugin.route
export { AuditOptions } from './options.ts'
