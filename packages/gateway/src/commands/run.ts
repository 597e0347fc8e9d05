import { resolve } from 'node:path'
import { type GatewayConfig, watchConfig } from '@drawbridge/config'
import { createGateway, type Gateway } from '@drawbridge/core'
import { account, describeProcess, FILE_SAVED, HANGUP } from '../audit-changes.ts'
import { formatBanner } from '../banner.ts'
import { type DemoSite, startDemoSite, wantsDemoSite, withDemoSite } from '../demo-site.ts'
import { CommandError, EXIT } from '../exit-code.ts'
import { formatAddress } from '../format-address.ts'
import { createLiveRedactor } from '../live-redactor.ts'
import { createPlatform } from '../platform.ts'
import { createProcessLog, type ProcessLog } from '../process-log.ts'
import { printFindings, type ReadConfiguration, readConfiguration } from '../read-configuration.ts'
import { releaseStartupMemory } from '../release-startup-memory.ts'
import { createReloader, type Reloader } from '../reloader.ts'
import { startAdmin } from '../start-admin.ts'
import { VERSION } from '../version.ts'

/** Options of `drawbridge run`. */
export interface RunOptions {
  readonly config?: string
  readonly watch?: boolean
  readonly skipBrokenRoutes?: boolean
}

/** `drawbridge run`: serves until TERM or INT. Resolves to the exit code once everything is closed. */
export async function run(options: RunOptions): Promise<number> {
  const read = await readConfiguration(options.config)
  printFindings(read.result)
  const config = read.result.config ?? (options.skipBrokenRoutes ? read.result.partial : undefined)
  if (config === undefined) {
    process.stderr.write('\nnothing was started: mend the errors above (drawbridge validate shows them again)\n')
    return EXIT.invalidConfig
  }
  const instance = await start(read, config, options.watch !== false)
  return waitForStop(instance)
}

interface Instance {
  readonly log: ProcessLog
  reload(): Promise<unknown>
  close(): Promise<void>
}

async function start(read: ReadConfiguration, config: GatewayConfig, isWatching: boolean): Promise<Instance> {
  const redactor = createLiveRedactor()
  const log = createProcessLog(redactor)
  for (const note of read.notes) log.info({}, note)
  const platform = createPlatform({ plugins: read.plugins, config, log, redactor })
  platform.follow(read.result, config)
  platform.startServices()
  const demo = createDemo()
  const { services, storage, installation } = platform
  const routeIdOf = (host: string) => storage.routeIdOf(host)
  const gateway = await createGateway({ config: await demo.prepare(config), services, routeIdOf })
  const listening = await listen(gateway, config)
  const reloader = createReloader({ read, config, gateway, platform, log, prepare: demo.prepare })
  installation.onRestore(reloader.restore)
  const { admin, listening: adminListening } = await startAdmin(platform, {
    config,
    configurationProblem: reloader.problem,
  })
  const watch = isWatching ? await watchConfig({ file: resolve(read.file), ...watching(reloader) }) : undefined
  await account(services.host, [describeProcess('gateway_started', `version ${VERSION}`)])
  process.stderr.write(formatBanner({ config, listening, admin: adminListening, isWatching }))
  releaseStartupMemory()
  return {
    log,
    reload: () => reloader.reload(HANGUP),
    async close() {
      await watch?.close()
      await Promise.all([gateway.close(), reloader.settled()])
      await admin.close()
      demo.close()
      await account(services.host, [describeProcess('gateway_stopped', 'all requests have ended')])
      await platform.close()
    },
  }
}

function watching({ reload, files }: Reloader) {
  return { onChange: () => void reload(FILE_SAVED), files }
}

async function listen(gateway: Gateway, { listen: { http } }: GatewayConfig) {
  try {
    const { address, port } = await gateway.listen()
    return { host: address, port }
  } catch (error) {
    await gateway.close(0)
    const hint = LISTEN_HINTS[(error as NodeJS.ErrnoException).code ?? ''] ?? ''
    throw new CommandError(`cannot listen on ${formatAddress(http)}${hint} (${(error as Error).message})`)
  }
}

const LISTEN_HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: ': another program has it; set "listen" in drawbridge.yaml',
  EACCES: ': this user may not; ports below 1024 need CAP_NET_BIND_SERVICE, or set "listen" in drawbridge.yaml',
  EADDRNOTAVAIL: ': this machine has no such address; set "listen" in drawbridge.yaml',
}

interface Demo {
  prepare(config: GatewayConfig): Promise<GatewayConfig>
  close(): void
}

/** Starts the demo site when the first route wants it. */
function createDemo(): Demo {
  let site: DemoSite | undefined
  return {
    async prepare(config) {
      if (!wantsDemoSite(config)) return config
      site ??= await startDemoSite()
      return withDemoSite(config, site.origin)
    },
    close: () => site?.close(),
  }
}

/** HUP reloads; TERM and INT stop and let requests end; a second one stops at once. */
function waitForStop({ reload, close, log }: Instance): Promise<number> {
  return new Promise((resolve) => {
    let isStopping = false
    const stop = (signal: NodeJS.Signals) => {
      if (isStopping) {
        log.warn({ signal }, 'stopping at once')
        log.flushAll()
        process.exit(EXIT.failed)
      }
      isStopping = true
      log.info({ signal }, 'stopping: no new connections, running requests end')
      close().then(
        () => finish(EXIT.ok),
        (error) => {
          log.error({ err: error }, 'did not stop cleanly')
          finish(EXIT.failed)
        },
      )
    }
    const finish = (code: number) => {
      process.off('SIGHUP', onHangup)
      process.off('SIGTERM', stop)
      process.off('SIGINT', stop)
      log.flushAll()
      resolve(code)
    }
    const onHangup = () => void reload()
    process.on('SIGHUP', onHangup)
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}
