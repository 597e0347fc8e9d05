import { Agent, request } from 'node:http'
import { wait } from './script.ts'

const CONNECTIONS = 64

/** What load to make, and for how long. */
export interface SteadyLoad {
  readonly port: number
  /** Requests go to these in turn. */
  readonly hosts: readonly string[]
  readonly perSecond: number
  readonly until: Promise<unknown>
}

/** How it went. Milliseconds are measured from when a request was due: one that had to wait for its turn has waited, too. */
export interface LoadResult {
  readonly count: number
  /** Answers with another status than 200, and requests without one. */
  readonly failed: number
  /** The longest time that this process itself was held up: above 20 the machine is busy, and the figures are of little worth. */
  readonly stallMs: number
  /** Milliseconds within which this share (0 to 1) of the requests was answered. */
  at(share: number): number
}

/** Sends requests at a steady rate, whatever comes back (open loop). */
export async function sendSteadyLoad({ port, hosts, perSecond, until }: SteadyLoad): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const durations: number[] = []
  const pending: Promise<void>[] = []
  let failed = 0
  let isOver = false
  let stallMs = 0
  const over = until.finally(() => {
    isOver = true
  })
  const startedAt = performance.now()
  for (let sent = 0, lastTurn = startedAt; !isOver; await wait(1)) {
    stallMs = Math.max(stallMs, performance.now() - lastTurn)
    lastTurn = performance.now()
    for (; sent < ((performance.now() - startedAt) / 1000) * perSecond; sent += 1) {
      const dueAt = startedAt + (sent / perSecond) * 1000
      const answered = ask({ port, agent, host: hosts[sent % hosts.length] ?? '' }).then((isGood) => {
        durations.push(performance.now() - dueAt)
        if (!isGood) failed += 1
      })
      pending.push(answered)
    }
  }
  await Promise.all([over, ...pending])
  agent.destroy()
  durations.sort((a, b) => a - b)
  const at = (share: number) => durations[Math.min(durations.length - 1, Math.floor(durations.length * share))] ?? NaN
  return { count: durations.length, failed, stallMs, at }
}

function ask({ port, agent, host }: { port: number; agent: Agent; host: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request({ port, host: '127.0.0.1', agent, path: '/api/client', headers: { host } }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200))
    })
    outgoing.on('error', () => resolve(false))
    outgoing.end()
  })
}
