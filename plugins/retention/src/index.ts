import { definePlugin } from '@drawbridge/plugin-kit'
import { addEndpoints } from './admin.ts'
import { checkRetention, PROBLEMS_WHEN_OFF } from './check-retention.ts'
import { COMMANDS } from './commands.ts'
import { EVENTS } from './events.ts'
import { RetentionOptions } from './options.ts'
import { createRetentionService, type RetentionService } from './retention-service.ts'
import { MIGRATIONS, TABLES } from './tables.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'retention',
  key: 'data_retention',
  phase: 'record',
  isOnByDefault: true,
  options: RetentionOptions,
  check: checkRetention,
  problemsWhenOff: PROBLEMS_WHEN_OFF,
  service: (host) => createRetentionService(host),
  admin: (app, host) => addEndpoints(app, host.service<RetentionService>(plugin)),
  commands: COMMANDS,
  tables: TABLES,
  migrations: MIGRATIONS,
  events: EVENTS,
})

export default plugin.route
export { RetentionOptions } from './options.ts'
export type { RetentionService } from './retention-service.ts'
