import { type Admin, createAdmin, type ReadinessCheck } from '@drawbridge/admin'
import type { GatewayConfig, ListenAddress } from '@drawbridge/config'
import { controlSocketPath } from './control-socket-path.ts'
import type { Platform } from './platform.ts'

/** What the admin app needs to know of the proxy. */
export interface AdminFacts {
  readonly config: GatewayConfig
  /** Why the configuration files as they are now are not in force; nothing while they are. */
  readonly configurationProblem: () => string | undefined
}

/** The running admin app, and where it listens or why it does not. */
export interface RunningAdmin {
  readonly admin: Admin
  readonly listening: ListenAddress | Error
}

/** Starts the admin app, its listener and the control socket. A taken address is no reason not to serve: it is logged. */
export async function startAdmin(
  platform: Platform,
  { config, configurationProblem }: AdminFacts,
): Promise<RunningAdmin> {
  const { host } = platform.services
  const admin = await createAdmin({
    host,
    listen: config.admin.listen,
    allowedHosts: config.admin.allowedHosts,
    tls: config.admin.tls,
    readiness: () => [describeStorage(platform), describeConfiguration(configurationProblem())],
    passwordFile: process.env.DRAWBRIDGE_ADMIN_PASSWORD_FILE,
  })
  openControlSocket(platform, admin, controlSocketPath(config.dataFolder))
  const listening = await admin.listen().catch((error: Error) => {
    host.log.error({ err: error }, 'the admin API is not reachable')
    return error
  })
  return { admin, listening }
}

/** Now, or once the data folder can be written. */
function openControlSocket({ storage, services }: Platform, admin: Admin, path: string): void {
  let isOpen = false
  const open = () => {
    if (isOpen) return
    isOpen = true
    admin.listenControl(path).catch((error: Error) => {
      isOpen = false
      services.host.log.error({ err: error }, 'the command line cannot reach this gateway')
    })
  }
  open()
  storage.onReady(open)
}

function describeStorage({ storage }: Platform): ReadinessCheck {
  const { problem } = storage
  return problem === undefined ? { name: 'storage', isOk: true } : { name: 'storage', isOk: false, detail: problem }
}

/** A refused change leaves the gateway as ready as it was: it is told, not counted. */
function describeConfiguration(problem: string | undefined): ReadinessCheck {
  const detail = problem === undefined ? undefined : `the files were changed and refused: ${problem}`
  return { name: 'configuration', isOk: true, ...(detail === undefined ? {} : { detail }) }
}
