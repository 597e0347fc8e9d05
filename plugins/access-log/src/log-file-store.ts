import { readdir, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { compileAddressList, type FileStore, type FoundRecord, type Purged, type Subject } from '@drawbridge/plugin-kit'
import { type LogFileName, parseFileName, toLinkName } from './log-file-name.ts'
import type { LogFiles } from './log-files.ts'
import type { Format } from './options.ts'
import { type LineFacts, parseLine } from './parse-line.ts'
import { readLines, rewriteFile, TEMPORARY } from './rewrite-file.ts'
import { REQUEST_LOGS } from './tables.ts'

interface LogFile extends LogFileName {
  readonly name: string
  readonly path: string
}

const DAY_SECONDS = 86_400
/** What lines hold of the columns: in `combined` the query stands behind the path. */
const { personalData } = REQUEST_LOGS

/** The log files as a store of personal data. One thing at a time is done to them; lines come in meanwhile. */
export function createLogFileStore(files: LogFiles): FileStore {
  const { folder } = files
  const inTurn = <T>(action: () => Promise<T>) => files.exclusively(folder, () => files.flush().then(action))

  const change = (file: LogFile, isKept: (line: string) => boolean) =>
    files.exclusively(file.path, () => rewriteFile(file.path, isKept))

  /** A route without requests for so long, or without a configuration: its name must not lead nowhere for ever. */
  async function removeDeadLink(file: LogFile): Promise<void> {
    const link = join(folder, toLinkName(file))
    if ((await readlink(link).catch(() => '')) === file.name) await rm(link, { force: true })
  }

  async function purgeFile(file: LogFile, before: number): Promise<Purged> {
    const isEntirelyOld = Date.parse(file.day) / 1000 + DAY_SECONDS <= before
    let count = 0
    let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    await change(file, (line) => {
      const time = parseLine(file.format, line)?.time ?? Date.parse(file.day) / 1000
      if (!isEntirelyOld && time >= before) return true
      count += 1
      oldest = Math.min(oldest, time)
      newest = Math.max(newest, time)
      return false
    })
    if (isEntirelyOld) await removeDeadLink(file)
    return count === 0 ? { count } : { count, oldest, newest }
  }

  return {
    name: 'access-log files',
    holds: { en: 'one line per request', de: 'eine Zeile je Anfrage' },
    retentionClass: 'access_logs',
    personalData,
    routeHosts: () => inTurn(async () => [...new Set((await listFiles(folder)).map(({ host }) => host))]),
    purge: ({ routeHost, before }) =>
      inTurn(async () => {
        const own = (await listFiles(folder)).filter(({ host }) => host === routeHost)
        const begun = own.filter(({ day }) => Date.parse(day) / 1000 < before)
        let sum: Purged = { count: 0 }
        for (const file of begun) sum = add(sum, await purgeFile(file, before))
        return sum
      }),
    find: (subject, limit) => inTurn(() => findLines(folder, subject, limit)),
    erase: (subject) =>
      inTurn(async () => {
        const isAbout = matcher(subject)
        let count = 0
        for (const file of await listFiles(folder)) count += await change(file, (line) => !isAbout(file.format, line))
        return count
      }),
  }
}

async function findLines(folder: string, subject: Subject, limit: number): Promise<FoundRecord[]> {
  const isAbout = matcher(subject)
  const found: FoundRecord[] = []
  for (const { name, path, format } of await listFiles(folder)) {
    for await (const line of readLines(path)) {
      if (!isAbout(format, line)) continue
      if (found.push({ file: name, line }) >= limit) return found
    }
  }
  return found
}

/** Our files, oldest day first. What a crash left half made is deleted. */
async function listFiles(folder: string): Promise<LogFile[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  for (const name of names) if (name.endsWith(TEMPORARY)) await rm(join(folder, name), { force: true })
  return names
    .flatMap((name) => {
      const parsed = parseFileName(name)
      return parsed === undefined ? [] : [{ ...parsed, name, path: join(folder, name) }]
    })
    .sort((a, b) => (a.day < b.day ? -1 : 1))
}

/** Whether a line is about a person: by pseudonym, request id, the network of its (masked) address, or text. */
function matcher({ pseudonyms, requestIds, cidrs, text }: Subject): (format: Format, line: string) => boolean {
  const ofPseudonym = new Set(pseudonyms)
  const ofRequest = new Set(requestIds)
  const clients = compileAddressList(cidrs)
  const spellings = spell(text.toLowerCase())
  const isNamed = ({ address, pseudonym, requestId }: LineFacts) =>
    ofPseudonym.has(pseudonym) || ofRequest.has(requestId) || clients.has(address)
  return (format, line) => {
    const facts = parseLine(format, line)
    if (facts !== undefined && isNamed(facts)) return true
    if (spellings.length === 0) return false
    const lower = line.toLowerCase()
    return spellings.some((spelling) => lower.includes(spelling))
  }
}

/** As it may stand in a path or a query. */
function spell(text: string): string[] {
  if (text === '') return []
  return [...new Set([text, encodeURIComponent(text).toLowerCase(), text.replaceAll('@', '%40')])]
}

function add(a: Purged, b: Purged): Purged {
  const count = a.count + b.count
  if (count === 0) return { count }
  const oldest = Math.min(a.oldest ?? Number.POSITIVE_INFINITY, b.oldest ?? Number.POSITIVE_INFINITY)
  const newest = Math.max(a.newest ?? Number.NEGATIVE_INFINITY, b.newest ?? Number.NEGATIVE_INFINITY)
  return { count, oldest, newest }
}
