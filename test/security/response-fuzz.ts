import { readRows } from './corpus.ts'
import { mutate } from './mutation.ts'
import { createRandom, type Random } from './random.ts'
import { type ResponseReading, readByGateway, readByNode } from './response-readings.ts'
import { RESPONSE_SEEDS } from './response-seeds.ts'

const LONGEST_SEED = 4096
// What the gateway does not pass on; the value of each concerns one connection only.
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What a comparison of the gateway's response parser with Node's came to. */
export interface ComparisonFigures {
  readonly seed: number
  compared: number
  /** Both read the same answer. */
  same: number
  /** Both refused, or both saw it cut off. */
  bothRefused: number
  /** The gateway refused what Node read. */
  stricter: number
  /** The gateway read what Node refused or read otherwise: must not be. */
  readonly violations: { readonly problem: string; readonly method: string; readonly bytes: string }[]
}

/** Lets both parsers read `count` mutated answers. */
export async function fuzzResponses(count: number, seed: number): Promise<ComparisonFigures> {
  const found = readRows()
  const rows =
    'rows' in found ? found.rows.filter(({ side, raw }) => side === 'response' && raw.length <= LONGEST_SEED) : []
  const seeds = [...RESPONSE_SEEDS, ...rows.map(({ raw }) => raw)]
  const figures: ComparisonFigures = { seed, compared: 0, same: 0, bothRefused: 0, stricter: 0, violations: [] }
  const random = createRandom(seed)
  while (figures.compared < count) {
    figures.compared += 1
    await compareOne(figures, random, mutate(random, seeds))
  }
  return figures
}

async function compareOne(figures: ComparisonFigures, random: Random, bytes: string): Promise<void> {
  const method = random.pick(['GET', 'GET', 'GET', 'HEAD'])
  const ours = readByGateway(bytes, method)
  const theirs = await readByNode(bytes, method)
  if (ours === undefined) {
    if (theirs === undefined) figures.bothRefused += 1
    else figures.stricter += 1
    return
  }
  const problem = theirs === undefined ? 'Node refuses it' : findDifference(ours, theirs)
  if (problem === undefined) figures.same += 1
  else figures.violations.push({ problem, method, bytes })
}

/** Where two readings of one answer differ, apart from headers that the gateway keeps to itself. */
export function findDifference(ours: ResponseReading, theirs: ResponseReading): string | undefined {
  if (ours.status !== theirs.status) return `status ${ours.status}, Node: ${theirs.status}`
  if (ours.informational !== theirs.informational) return `${ours.informational} 1xx, Node: ${theirs.informational}`
  if (ours.body !== theirs.body) return `body ${JSON.stringify(ours.body)}, Node: ${JSON.stringify(theirs.body)}`
  return compareLines(ours.headers, theirs.headers, theirs.status) ?? compareLines(ours.trailers, theirs.trailers, 200)
}

function compareLines(ours: readonly string[], theirs: readonly string[], status: number): string | undefined {
  const kept = passedOn(theirs, status)
  const own = passedOn(ours, status)
  if (own.join('\n') === kept.join('\n')) return undefined
  return `headers ${JSON.stringify(own)}, Node: ${JSON.stringify(kept)}`
}

function passedOn(flat: readonly string[], status: number): string[] {
  const lines: [name: string, value: string][] = []
  for (let i = 0; i < flat.length; i += 2) lines.push([(flat[i] ?? '').toLowerCase(), flat[i + 1] ?? ''])
  const nominated = lines
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(','))
  const dropped = new Set([
    ...HOP_BY_HOP,
    ...nominated.map((name) => name.trim()).filter((name) => name !== 'content-length'),
  ])
  // RFC 9110 8.6: no length where there is no body to have one.
  if (status === 204) dropped.add('content-length')
  return lines
    .filter(([name]) => !dropped.has(name))
    .map(([name, value]) => `${name}: ${name === 'content-length' ? Number(value) : value}`)
}
