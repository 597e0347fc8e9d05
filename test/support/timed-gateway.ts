import { connect, type Socket } from 'node:net'
import type { RequestRecord } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import { type TimeoutsService, plugin as timeouts } from '@drawbridge/plugin-timeouts'
import { plugin as tracing } from '@drawbridge/plugin-tracing'
import { makePlugin, type PluginSetting, startGateway, type Teardown } from './fixtures.ts'

/** How a gateway whose clock the test turns is made. */
export interface TimedOptions {
  readonly backend: string
  readonly timeouts?: Readonly<Record<string, unknown>>
  readonly plugins?: readonly PluginSetting[]
}

/** Starts a gateway for a.test with the timeouts plugin, a clock in the test's hand, and a list of the requests that came. */
export async function startTimedGateway(t: Teardown, options: TimedOptions) {
  const clock = createTestClock()
  const records: RequestRecord[] = []
  const probe = makePlugin({
    name: 'probe',
    phase: 'trace',
    wire(app) {
      app.addHook('onRequest', (request, _reply, done) => {
        records.push(request.gateway)
        done()
      })
    },
  })
  const started = await startGateway(t, {
    routes: { 'a.test': options.backend },
    plugins: [[tracing], [timeouts, options.timeouts ?? {}], [probe], ...(options.plugins ?? [])],
    clock,
  })
  const { services } = started.gateway
  return {
    ...started,
    clock,
    records,
    /** The kinds of timeouts that happened, with how often. */
    timedOut() {
      const counts = Object.entries(services.get<TimeoutsService>(timeouts).counts().get('a.test') ?? {})
      return Object.fromEntries(counts.filter(([, count]: [string, number]) => count > 0))
    },
  }
}

/** A client that a test plays by hand. */
export interface HandClient {
  readonly socket: Socket
  /** All that came, as latin1 text. */
  received(): string
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>
}

/** Opens a connection and writes to it. */
export function openClient(t: Teardown, port: number, text: string): HandClient {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.setEncoding('latin1')
  socket.on('data', (more: string) => {
    received += more
  })
  socket.on('error', () => socket.destroy())
  socket.write(text, 'latin1')
  t.teardown(() => socket.destroy())
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  return { socket, received: () => received, closed }
}
