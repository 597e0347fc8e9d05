import { plugin as limits } from '@drawbridge/plugin-limits'
import { plugin as timeouts } from '@drawbridge/plugin-timeouts'
import { plugin as tracing } from '@drawbridge/plugin-tracing'
import { makeConfig, type Teardown } from '../support/fixtures.ts'
import { hostsOf, readRows } from './corpus.ts'
import { judgeSafety } from './judges.ts'
import { mutate } from './mutation.ts'
import { createRandom } from './random.ts'
import { REQUEST_SEEDS } from './request-seeds.ts'
import { type Play, type Stage, startStage } from './stage.ts'
import { readStrictResponses } from './strict-response.ts'

const AT_ONCE = 48
const FORGET_EVERY = 500
/** Longer cases are about size, and only make the run slow. */
const LONGEST_SEED = 4096

/** What a run of mutations came to. */
export interface FuzzFigures {
  readonly seed: number
  played: number
  /** Requests that the gateway's front took. */
  accepted: number
  /** Of these, the ones that a backend got whole. */
  forwarded: number
  /** Connections on which no request was understood. */
  refused: number
  /** Answers by class: `2xx`, `4xx`, … */
  readonly answers: Record<string, number>
  /** Everything that must never be, with the bytes that bring it about. */
  readonly violations: Violation[]
}

/** A mutation with which something went wrong. */
export interface Violation {
  readonly problem: string
  readonly bytes: string
}

/** Sends `count` mutated requests through a gateway with well-behaved backends, and judges each. */
export async function fuzzRequests(t: Teardown, count: number, seed: number): Promise<FuzzFigures> {
  const found = readRows()
  const rows =
    'rows' in found ? found.rows.filter((row) => row.side !== 'response' && row.raw.length <= LONGEST_SEED) : []
  // Most of the collected cases are broken from the start: as many good ones keep the run from ending at the parser.
  const good = Array.from({ length: Math.ceil(rows.length / REQUEST_SEEDS.length) + 1 }, () => REQUEST_SEEDS).flat()
  const seeds = [...good, ...rows.map(({ raw }) => raw)]
  const stage = await startStage(t, {
    hosts: hostsOf(rows),
    plugins: [[limits], [timeouts], [tracing]],
    config: { listen: { ...makeConfig({ routes: {} }).listen, headerTimeoutMs: 1000 } },
  })
  const figures: FuzzFigures = {
    seed,
    played: 0,
    accepted: 0,
    forwarded: 0,
    refused: 0,
    answers: {},
    violations: [],
  }
  const random = createRandom(seed)
  const playNext = async (): Promise<void> => {
    while (figures.played < count) {
      figures.played += 1
      const bytes = mutate(random, seeds)
      const cut = random.int(3) === 0 ? random.int(bytes.length + 1) : 0
      const play = await stage.play([bytes.slice(0, cut), bytes.slice(cut)])
      tally(figures, play)
      const problem = judge(stage, play, bytes)
      if (problem !== undefined) figures.violations.push({ problem, bytes })
      if (figures.played % FORGET_EVERY === 0) forget(stage)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, playNext))
  reportBackends(stage, figures)
  return figures
}

function judge(stage: Stage, play: Play, bytes: string): string | undefined {
  const row = { id: 'mutation', cat: 'mutation', raw: bytes, expect: 'mutation', why: '' }
  const { problem } = readStrictResponses(
    play.received,
    play.accepted.map(({ method }) => method),
  )
  if (problem !== undefined) return `the client got no HTTP: ${problem}`
  return judgeSafety({ row, play, stage })
}

function tally(figures: FuzzFigures, play: Play): void {
  figures.accepted += play.accepted.length
  figures.forwarded += play.requests.length
  if (play.accepted.length === 0) figures.refused += 1
  for (const status of play.statuses) {
    const group = `${Math.floor(status / 100)}xx`
    figures.answers[group] = (figures.answers[group] ?? 0) + 1
  }
}

function forget({ app, vault }: Stage): void {
  for (const backend of [app, vault]) backend.forget()
}

function reportBackends({ app, vault, strays, log }: Stage, figures: FuzzFigures): void {
  const problems = [...app.problems(), ...vault.problems()].map((problem) => `a backend got no HTTP: ${problem}`)
  for (const { method, target } of strays) problems.push(`a backend got a request nobody accepted: ${method} ${target}`)
  for (const { message } of log.lines.filter(({ level }) => level === 'error'))
    problems.push(`the log says: ${message}`)
  for (const problem of problems) figures.violations.push({ problem, bytes: '' })
}
