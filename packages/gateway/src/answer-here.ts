import { userInfo } from 'node:os'
import { type ApiAnswer, createAdmin } from '@drawbridge/admin'
import type { GatewayConfig } from '@drawbridge/config'
import type { ApiCall, Caller } from '@drawbridge/plugin-kit'
import { createLiveRedactor } from './live-redactor.ts'
import { createPlatform } from './platform.ts'
import { createProcessLog } from './process-log.ts'
import type { ReadConfiguration } from './read-configuration.ts'

/** Answers a call in this process, out of the data folder of a gateway that does not run. */
export async function answerHere(read: ReadConfiguration, config: GatewayConfig, call: ApiCall): Promise<ApiAnswer> {
  const redactor = createLiveRedactor()
  // Standard output is the command's.
  const log = createProcessLog(redactor, { level: 'error', fd: 2 })
  const platform = createPlatform({ plugins: read.plugins, config, log, redactor })
  platform.follow(read.result, config)
  const { host } = platform.services
  const admin = await createAdmin({ host, listen: config.admin.listen, readiness: () => NOT_RUNNING })
  try {
    return await admin.call(describeCaller(), call)
  } finally {
    await admin.close()
    await platform.close()
    log.flushAll()
  }
}

const NOT_RUNNING = [{ name: 'gateway', isOk: false, detail: 'no gateway is running with this data folder' }]

/** Whoever can read the data folder may do everything. */
function describeCaller(): Caller {
  return { kind: 'cli', name: userInfo().username, role: 'admin', source: 'cli', address: '' }
}
