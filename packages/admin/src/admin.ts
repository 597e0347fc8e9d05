import type { ApiCall, Caller, ServiceHost } from '@drawbridge/plugin-kit'
import { createAdminParts, type ReadinessCheck } from './admin-parts.ts'
import type { BuiltApp } from './build-app.ts'
import { listenOnSocket } from './control-socket.ts'
import type { Endpoint } from './endpoint.ts'
import { prepareOnce } from './first-admin.ts'
import { type AdminAddress, type AdminTls, closeServer, createListener, listenOn } from './listener.ts'
import { mountPlugins } from './mount.ts'
import { allowedHostNames } from './request-origin.ts'

const PURGE_MS = 60 * 60 * 1000

/** What the admin app is made from. */
export interface AdminOptions {
  /** Its storage needs `adminMigrations` applied (owner `admin`). */
  readonly host: ServiceHost
  readonly listen: AdminAddress
  /** Asked for every probe: cheap, and never throwing. */
  readonly readiness: () => readonly ReadinessCheck[]
  /** Further names under which clients may reach the listener. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Serves https instead of http. */
  readonly tls?: AdminTls | undefined
  /** With the password of the first account, `admin`: instead of a setup token. */
  readonly passwordFile?: string | undefined
}

/** An answer of the admin API. */
export interface ApiAnswer {
  readonly status: number
  /** Parsed JSON, or the text where it is none. */
  readonly body: unknown
}

/** The admin app. It listens nowhere until it is told to. */
export interface Admin {
  /** All endpoints, for the documentation. */
  readonly endpoints: readonly Endpoint[]
  /** Resolves with where it listens; rejects when the address is taken. Where there is no account yet, the log then says how to get one. */
  listen(): Promise<AdminAddress>
  /** Listens on a unix socket for the command line; rejects where another gateway does. */
  listenControl(path: string): Promise<void>
  /** A call from within the process, with everything this caller may do. */
  call(caller: Caller, call: ApiCall): Promise<ApiAnswer>
  close(): Promise<void>
}

/** Makes the admin app with the endpoints of all installed plugins. It needs neither routes nor, to start, a database. */
export async function createAdmin(options: AdminOptions): Promise<Admin> {
  const { host, readiness } = options
  const parts = await createAdminParts(host, readiness)
  const built = await mountPlugins(parts, {
    plugins: host.installation.plugins,
    allowedHosts: allowedHostNames(options.listen.host, options.allowedHosts ?? []),
  })
  const { app, endpoints } = built
  const listener = createListener(app.routing, { tls: options.tls })
  const control = createListener(app.routing)
  control.on('connection', (socket) => parts.doors.admit(socket))
  const stopPurging = host.clock.every(PURGE_MS, () => {
    parts.sessions.purge()
    parts.tokens.purge()
  })
  return {
    endpoints,
    async listen() {
      const address = await listenOn(listener, options.listen)
      // Not before somebody can use it: a command in a process of its own must not replace the token of the gateway.
      prepareOnce(parts, options.passwordFile)
      return address
    },
    listenControl: (path) => listenOnSocket(control, path),
    call: (caller, call) => parts.doors.callAs(caller, () => inject(built, call)),
    async close() {
      stopPurging()
      await Promise.all([closeServer(listener), closeServer(control)])
      await app.close()
    },
  }
}

async function inject({ app }: BuiltApp, { method, path, body }: ApiCall): Promise<ApiAnswer> {
  const answer = await app.inject({
    method,
    url: path,
    headers: { host: 'localhost' },
    ...(body === undefined ? {} : { payload: body as object }),
  })
  return { status: answer.statusCode, body: parse(answer.body) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
