import { definePlugin, type Plugin } from '@drawbridge/plugin-kit'
import { createAccessLog } from './access-log.ts'
import { COMMANDS } from './commands.ts'
import { addLogEndpoints } from './log-endpoints.ts'
import { createLogFileStore } from './log-file-store.ts'
import { MIGRATIONS } from './migrations.ts'
import { AccessLogOptions } from './options.ts'
import { ERROR_LOGS, REQUEST_LOGS } from './tables.ts'

const identity = { name: 'access-log', service: createAccessLog }

/** The manifest: what the gateway knows about this plugin. */
export const plugin: Plugin<typeof AccessLogOptions> = definePlugin({
  ...identity,
  key: 'access_log',
  phase: 'record',
  isOnByDefault: true,
  options: AccessLogOptions,
  wire(_app, options, host) {
    const record = host.service<ReturnType<typeof createAccessLog>>(identity).recorder(options, host.routeHost)
    if (record !== undefined) host.onEntry(record)
  },
  tables: [REQUEST_LOGS, ERROR_LOGS],
  migrations: MIGRATIONS,
  admin: addLogEndpoints,
  commands: COMMANDS,
  fileStores: (host) => [createLogFileStore(host.service<ReturnType<typeof createAccessLog>>(identity).files)],
})

export default plugin.route
export { AccessLogOptions } from './options.ts'
