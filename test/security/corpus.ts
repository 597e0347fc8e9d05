import { existsSync, readFileSync } from 'node:fs'

const FILE = new URL('../../../shared/corpora/smuggling.jsonl', import.meta.url)
// Names that stand for hosts which are not ours.
const FOREIGN = new Set(['vault.test', 'unknown.test', 'evil.test', 'xn--pp-uia.test'])

/** A protocol case that others wrote: the bytes, and what must come of them (see the collection's README). */
export interface Row {
  readonly id: string
  readonly cat: string
  /** One character a byte. */
  readonly raw: string
  readonly expect: string
  readonly why: string
  /** `response`: the bytes are a backend's. */
  readonly side?: 'response'
}

/** The cases beside the repository (several licences keep them out of it), or why there are none. */
export function readRows(): { readonly rows: readonly Row[] } | { readonly absent: string } {
  if (!existsSync(FILE))
    return { absent: `${FILE.pathname} is not there: the protocol cases are no part of the repository` }
  const lines = readFileSync(FILE, 'utf8').split('\n')
  return { rows: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row) }
}

/** The plain host names that the rows use for a host that exists, so that the rows get past the host index. */
export function hostsOf(rows: readonly Row[]): string[] {
  const names = rows.flatMap(({ raw }) => [
    ...raw.matchAll(/^Host:[ \t]*([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d+)?\r$/gim),
  ])
  const hosts = new Set(names.map((match) => (match[1] ?? '').toLowerCase()))
  return [...hosts].filter((host) => host !== 'app.test' && !FOREIGN.has(host))
}

/** The same case with a Host where it has none: else only the missing Host would be judged. */
export function withHost(row: Row): Row | undefined {
  const end = row.raw.indexOf('\r\n')
  if (end === -1 || /\nhost[ \t]*:/i.test(row.raw) || row.expect === 'first-then-reject' || row.id === 'line-no-host')
    return undefined
  return { ...row, id: `${row.id} + Host`, raw: `${row.raw.slice(0, end)}\r\nHost: app.test${row.raw.slice(end)}` }
}
