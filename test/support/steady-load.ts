import { Agent, request } from 'node:http'

const TICK_MS = 10

/** What load to make. */
export interface SteadyLoad {
  readonly url: string
  readonly perSecond: number
  readonly seconds: number
  /** Path of the nth request. */
  readonly path?: (index: number) => string
}

/** Latencies in milliseconds, measured from when a request was due: a server that stalls is not spared the requests it held up. */
export interface LoadResult {
  readonly requests: number
  /** Answers with another status than 200, and requests without one. */
  readonly failed: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** Sends requests at a steady rate, whatever comes back (open loop). */
export async function runSteadyLoad({ url, perSecond, seconds, path = () => '/' }: SteadyLoad): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const latencies: number[] = []
  let failed = 0
  let pending = 0
  let sent = 0
  const start = performance.now()
  const sendOne = (dueAt: number) => {
    pending += 1
    const end = (isGood: boolean) => {
      pending -= 1
      if (!isGood) failed += 1
      latencies.push(performance.now() - dueAt)
    }
    const call = request(new URL(path(sent++), url), { agent }, (answer) => {
      answer.resume()
      answer.once('close', () => end(answer.statusCode === 200))
    })
    call.once('error', () => end(false))
    call.end()
  }
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - start
      const due = Math.min(perSecond * seconds, Math.floor((elapsed / 1000) * perSecond))
      while (sent < due) sendOne(start + (sent / perSecond) * 1000)
      if (sent < perSecond * seconds || pending > 0) return
      clearInterval(timer)
      resolve()
    }, TICK_MS)
  })
  agent.destroy()
  return { requests: sent, failed, ...percentiles(latencies) }
}

function percentiles(latencies: number[]): Pick<LoadResult, 'p50' | 'p99' | 'p999' | 'max'> {
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: latencies.at(-1) ?? 0 }
}
