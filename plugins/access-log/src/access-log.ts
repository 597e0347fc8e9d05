import { join } from 'node:path'
import type { RequestEntry, Service, ServiceHost } from '@drawbridge/plugin-kit'
import { ERROR_COLUMNS, isFailure, toErrorRow } from './error-row.ts'
import { formatter } from './formats.ts'
import { createLineOutput } from './line-output.ts'
import { createLogFiles, type LogFiles } from './log-files.ts'
import type { AccessLogOptions } from './options.ts'
import { COMMON_COLUMNS, REQUEST_COLUMNS, toRequestRow } from './request-row.ts'
import { createUserAgents } from './user-agents.ts'

/** The request log of the process, for all routes. */
export interface AccessLog extends Service {
  readonly files: LogFiles
  /** What records a route's finished requests; undefined where nothing is to be recorded. */
  recorder(options: AccessLogOptions, routeHost: string): ((entry: RequestEntry) => void) | undefined
}

/** Makes the request log. It fails open: what cannot be recorded costs a count and a log line, never a request. */
export function createAccessLog(host: ServiceHost): AccessLog {
  const { storage, clock, log, installation } = host
  const agents = createUserAgents()
  const plainLogs = storage.insertInto('request_logs', COMMON_COLUMNS)
  const fullLogs = storage.insertInto('request_logs', REQUEST_COLUMNS)
  const errorLogs = storage.insertInto('error_logs', ERROR_COLUMNS)
  const files = createLogFiles({ folder: join(installation.dataFolder, 'logs/access'), clock, log })
  const stdout = createLineOutput({ clock, log })

  function store(entry: RequestEntry, agentClass: string): void {
    const row = toRequestRow(entry, agentClass)
    storage.enqueue(row.length === COMMON_COLUMNS.length ? plainLogs : fullLogs, row)
    if (isFailure(entry)) storage.enqueue(errorLogs, toErrorRow(entry))
  }

  return {
    files,
    recorder({ database, files: formats, stdout: stdoutFormat }, routeHost) {
      const sinks: ((entry: RequestEntry, agentClass: string) => void)[] = []
      if (database) sinks.push(store)
      for (const format of formats) {
        const toLine = formatter(format)
        const sink = files.sink({ host: routeHost, format })
        sinks.push((entry, agentClass) => sink.append(toLine(entry, agentClass)))
      }
      if (stdoutFormat !== undefined) {
        const toLine = formatter(stdoutFormat)
        sinks.push((entry, agentClass) => stdout.append(toLine(entry, agentClass)))
      }
      if (sinks.length === 0) return undefined
      return (entry) => {
        const agentClass = agents.classify(entry.userAgent, Math.floor(entry.time / 1000))
        for (const sink of sinks) sink(entry, agentClass)
      }
    },
    async stop() {
      await Promise.all([files.stop(), stdout.stop()])
    },
  }
}
