import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { GatewayConfig, RouteConfig } from '@drawbridge/config'
import type { Plugin, RequestRecord } from '@drawbridge/plugin-kit'
import {
  makeBackend,
  makePlugin,
  type PluginSetting,
  startGateway,
  type Teardown,
  type TestGateway,
} from '../support/fixtures.ts'
import {
  answerWell,
  type RecordedRequest,
  type RecordingBackend,
  type Responder,
  startRecordingBackend,
} from './recording-backend.ts'
import { type StrictRequest, valuesOf } from './strict-request.ts'

const POLL_MS = 4
// Counted in looks, not in time: gateway, backends and clients share one thread, so that a slow machine slows them all alike.
/** So many looks without news, and a play whose requests are all answered is over. */
const QUIET_LOOKS = 3
/** So many, and one that may wait for the rest of a request is. */
const PATIENT_LOOKS = 25
const LONGEST_MS = 5000
const REMEMBERED_PLAYS = 1000

/** What happened to the bytes of one client connection. */
export class Play {
  readonly mark: string
  /** The requests that the gateway's front took from this connection, in order. */
  readonly accepted: RequestRecord[] = []
  /** Those that reached a backend, and which one. */
  readonly requests: (RecordedRequest & { readonly backend: string })[] = []
  received = ''
  isClosed = false
  finished = 0
  /** Looks since something happened. */
  quietLooks = 0

  constructor(mark: string) {
    this.mark = mark
  }

  /** The status codes that the client got. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]))
  }

  get isSettled(): boolean {
    return this.finished === this.accepted.length
  }
}

/** A gateway between a raw client and recording backends. */
export interface Stage extends TestGateway {
  readonly app: RecordingBackend
  readonly vault: RecordingBackend
  /** Sends bytes (one character a byte), perhaps in several writes, over a connection of its own; waits until that is over, or `until` holds. */
  play(bytes: string | readonly string[], until?: (play: Play) => boolean): Promise<Play>
  /** Heads of requests of a play that came to a backend and were never completed. */
  unfinishedOf(play: Play): { readonly isClosed: boolean }[]
  /** Backend requests that none of the accepted ones explains. */
  readonly strays: StrictRequest[]
}

/** What a stage is made of. */
export interface StageOptions {
  readonly hosts?: readonly string[]
  readonly plugins?: readonly PluginSetting[]
  readonly config?: Partial<GatewayConfig>
  readonly respond?: Responder
}

/** Starts the gateway with `app.test` (and `hosts`) on one backend and `vault.test` on another. */
export async function startStage(t: Teardown, options: StageOptions = {}): Promise<Stage> {
  const plays = new Map<string, Play>()
  const byPort = new Map<number, Play>()
  const strays: StrictRequest[] = []
  const respond = options.respond ?? answerWell
  const recordAs =
    (backend: string): Responder =>
    (request, socket) => {
      const play = plays.get(playOf(request))
      if (play === undefined) {
        strays.push(request)
      }
      play?.requests.push({ ...request, backend })
      if (play !== undefined) play.quietLooks = 0
      return respond(request, socket)
    }
  const app = await startRecordingBackend(t, recordAs('app'))
  const vault = await startRecordingBackend(t, recordAs('vault'))
  const gateway = await startGateway(t, {
    routes: {
      'app.test': {
        hosts: ['app.test', ...(options.hosts ?? [])],
        backend: makeBackend(app.url),
      } as Partial<RouteConfig>,
      'vault.test': vault.url,
    },
    plugins: [[markPlugin(byPort)], ...(options.plugins ?? [])],
    ...(options.config === undefined ? {} : { config: options.config }),
  })
  // Clients cannot know it, so no request that they smuggle passes for one that was accepted.
  const secret = randomBytes(6).toString('hex')
  const unfinishedOf = (play: Play) =>
    [...app.unfinished(), ...vault.unfinished()].filter(({ head }) => head !== undefined && playOf(head) === play.mark)
  let count = 0
  return {
    ...gateway,
    app,
    vault,
    strays,
    unfinishedOf,
    async play(bytes, until) {
      count += 1
      const play = new Play(`${secret}-${count}`)
      plays.set(play.mark, play)
      const isLeftOpen = () =>
        play.accepted.length > play.requests.length && unfinishedOf(play).some(({ isClosed }) => !isClosed)
      await perform(gateway.port, play, { bytes, until, byPort, isLeftOpen })
      // What was on its way when the client left may still arrive; it is no stray.
      plays.delete(`${secret}-${count - REMEMBERED_PLAYS}`)
      return play
    },
  }
}

interface Script {
  readonly bytes: string | readonly string[]
  readonly until: ((play: Play) => boolean) | undefined
  readonly byPort: Map<number, Play>
  /** A backend still waits for the rest of one of the play's requests. */
  isLeftOpen(): boolean
}

async function perform(port: number, play: Play, { bytes, until, byPort, isLeftOpen }: Script): Promise<void> {
  const socket = await open(port, play)
  const { localPort = 0 } = socket
  byPort.set(localPort, play)
  for (const part of typeof bytes === 'string' ? [bytes] : bytes) {
    socket.write(part, 'latin1')
    await wait(0)
  }
  await waitFor(() => {
    play.quietLooks += 1
    return isOver(play, until)
  })
  socket.destroy()
  // With its client gone, every accepted request must come to an end.
  await waitFor(() => play.isSettled && !isLeftOpen())
}

async function open(port: number, play: Play): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    play.received += text
    play.quietLooks = 0
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    play.isClosed = true
    play.quietLooks = 0
  })
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

function isOver(play: Play, until: ((play: Play) => boolean) | undefined): boolean {
  if (until !== undefined) return until(play) && play.quietLooks > QUIET_LOOKS
  if (play.isSettled && (play.isClosed || play.accepted.length > 0)) return play.quietLooks > QUIET_LOOKS
  return play.quietLooks > PATIENT_LOOKS
}

async function waitFor(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + LONGEST_MS
  while (!holds() && performance.now() < deadline) await wait(POLL_MS)
}

/** Notes what the front accepts, and marks what goes to the backend with the play it belongs to. */
function markPlugin(byPort: ReadonlyMap<number, Play>): Plugin {
  const playOfRecord = new WeakMap<RequestRecord, Play>()
  return makePlugin({
    name: 'stage-mark',
    phase: 'trace',
    wire(app, _options, host) {
      app.addHook('onRequest', (request, _reply, done) => {
        const play = byPort.get(request.raw.socket.remotePort ?? 0)
        if (play !== undefined) {
          playOfRecord.set(request.gateway, play)
          play.accepted.push(request.gateway)
          play.quietLooks = 0
        }
        done()
      })
      host.onFinish((record) => {
        const play = playOfRecord.get(record)
        if (play === undefined) return
        play.finished += 1
        play.quietLooks = 0
      })
    },
    upstream: () => ({
      headers: [
        {
          operation: 'set',
          name: 'X-Stage',
          value: (record) => {
            const play = playOfRecord.get(record)
            return `${play?.mark} ${play?.accepted.indexOf(record)}`
          },
        },
      ],
    }),
  })
}

function playOf(request: Pick<StrictRequest, 'headers'>): string {
  const marks = valuesOf(request, 'x-stage')
  return marks.length === 1 ? ((marks[0] ?? '').split(' ', 1)[0] ?? '') : ''
}
