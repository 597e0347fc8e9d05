import { definePlugin } from '@drawbridge/plugin-kit'
import { addBreachEndpoints } from './breach-endpoints.ts'
import { COMMANDS } from './commands.ts'
import { EVENTS } from './events.ts'
import { addFactEndpoints } from './fact-endpoints.ts'
import { PrivacyOptions } from './options.ts'
import { createPrivacyService, type PrivacyService } from './privacy-service.ts'
import { addSubjectEndpoints } from './subject-endpoints.ts'
import { MIGRATIONS, TABLES } from './tables.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'privacy',
  key: 'privacy',
  phase: 'record',
  isOnByDefault: true,
  options: PrivacyOptions,
  service: createPrivacyService,
  admin(app, host) {
    addFactEndpoints(app, host)
    addSubjectEndpoints(app, host, host.service<PrivacyService>(plugin))
    addBreachEndpoints(app, host)
  },
  commands: COMMANDS,
  tables: TABLES,
  migrations: MIGRATIONS,
  events: EVENTS,
})

export default plugin.route
export { PrivacyOptions } from './options.ts'
