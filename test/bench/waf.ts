/**
 * What inspecting a request costs, per kind of request, and whether hostile bodies cost no more than linear time.
 * Run: node --conditions=@drawbridge/source test/bench/waf.ts
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileRuleset, inspectRequest, type RequestParts } from '@drawbridge/plugin-waf'
import { runScript } from '../support/script.ts'

const CORPUS = join(import.meta.dirname, '../../../shared/corpora/benign_wcp_legit.jsonl')
const LARGE = 147_456
const HEADERS = [
  'Host',
  'app.test',
  'User-Agent',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Accept',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language',
  'de,en-US;q=0.7,en;q=0.3',
  'Accept-Encoding',
  'gzip, deflate, br',
  'Referer',
  'https://app.test/articles/2026/a-plain-page?page=2',
  'Cookie',
  'session=0f9a3c1be7; theme=dark',
]
const SENTENCES =
  "It's a plain text, isn't it? We drop in at the shop (or not) and select a few things; from there we go home. The union of ideas -- where they meet -- is like a table in order. "
const ruleset = compileRuleset()

await runScript(async (_t, report) => {
  const cost = (name: string, parts: RequestParts, limit: number) => {
    const micros = microsPerCall(() => inspectRequest(parts, ruleset))
    report.add(name, `${micros.toFixed(1)} µs`, `<= ${limit} µs`, micros <= limit)
  }
  cost(
    'plain GET',
    { method: 'GET', path: '/articles/2026/a-plain-page', query: 'page=2&sort=new', headers: HEADERS },
    15,
  )
  for (const [name, parts] of recordedGets()) cost(name, parts, 60)
  for (const [name, parts] of posts()) cost(name, parts, 250)
  for (const unit of hostileUnits()) addHostile(report, unit)
})

/** Real sites' requests with big cookies, where the collection is at hand: the median and the 95th percentile in cookie size of those above 1 kB. */
function recordedGets(): [string, RequestParts][] {
  if (!existsSync(CORPUS)) return []
  const rows = readFileSync(CORPUS, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter((row) => row.method === 'GET' && (row.headers?.Cookie ?? '').length > 1000)
    .sort((a, b) => a.headers.Cookie.length - b.headers.Cookie.length)
  return [0.5, 0.95].map((share) => {
    const row = rows[Math.floor(rows.length * share)]
    const headers = Object.entries<string>(row.headers).flat()
    const name = `recorded GET, ${row.headers.Cookie.length} B of cookies`
    return [name, { method: 'GET', path: row.path, query: row.query ?? '', headers }]
  })
}

function posts(): [string, RequestParts][] {
  const prose = SENTENCES.repeat(60).slice(0, 8000)
  const fields = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`field_${index}`, `value ${index} of it`]),
  )
  const form = (record: Record<string, string>) => new URLSearchParams(record).toString()
  return [
    ['POST 8 KiB prose as form', toPost('application/x-www-form-urlencoded', form({ text: prose }))],
    ['POST 8 KiB prose as JSON', toPost('application/json', JSON.stringify({ text: prose }))],
    ['POST 8 KiB prose as text', toPost('text/plain', prose)],
    ['POST 8 KiB fields as form', toPost('application/x-www-form-urlencoded', form(fields))],
    ['POST 8 KiB fields as JSON', toPost('application/json', JSON.stringify(fields))],
  ]
}

function toPost(contentType: string, body: string): RequestParts {
  return {
    method: 'POST',
    path: '/posts',
    query: '',
    headers: [...HEADERS, 'Content-Type', contentType],
    body: Buffer.from(body),
  }
}

function hostileUnits(): string[] {
  const opened = [
    '${',
    '{{',
    "'",
    '"',
    '<',
    '<a ',
    '<a "',
    "or '",
    'or(',
    '..',
    '../',
    '..%',
    '%',
    '%25',
    '%u',
    '&#',
    '&lt',
    '\\u',
    '\\x4',
  ]
  const words = [
    'on',
    'onx=',
    ' or ',
    'select ',
    'union ',
    "' or ",
    '/*',
    '--',
    '((',
    '))',
    ')(',
    '@@',
    '|| ',
    '; cat',
    '`',
    '$(',
    '\n',
    'a=&',
    '&',
    '="',
    '{"',
    '[',
    '["',
    'data:',
    't :',
    '0x2e',
    'etc/',
    'etc.',
    'proc..',
    '$a',
    '\ufffd',
    'case when ',
    'select a,',
    '\\"a',
    'a/*',
    'a<b>',
  ]
  return [...opened, ...words]
}

/** The worst of four content types at 144 KiB (as much as is inspected by default), and how the time grows from half of that. */
function addHostile(report: Parameters<Parameters<typeof runScript>[0]>[1], unit: string): void {
  let worst = { millis: 0, growth: 0, contentType: '' }
  for (const contentType of [
    'text/plain',
    'application/json',
    'application/x-www-form-urlencoded',
    'application/xml',
  ]) {
    const millis = millisOf(contentType, unit, LARGE)
    if (millis > worst.millis) worst = { millis, growth: millis / millisOf(contentType, unit, LARGE / 2), contentType }
  }
  const figure = `${worst.millis.toFixed(1)} ms`
  report.add(
    `144 KiB of ${JSON.stringify(unit)}`,
    figure,
    `<= 15 ms; x${worst.growth.toFixed(1)} for twice, ${worst.contentType}`,
    worst.millis <= 15,
  )
}

function millisOf(contentType: string, unit: string, size: number): number {
  const text = unit.repeat(Math.ceil(size / unit.length)).slice(0, size)
  const parts = toPost(contentType, contentType === 'application/json' ? JSON.stringify({ text }) : text)
  inspectRequest(parts, ruleset)
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 5; run++) {
    const started = performance.now()
    inspectRequest(parts, ruleset)
    best = Math.min(best, performance.now() - started)
  }
  return best
}

/** The best of several rounds: other work on the machine only ever adds. */
function microsPerCall(call: () => unknown): number {
  for (let warm = 0; warm < 3000; warm++) call()
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 12; round++) {
    const started = performance.now()
    for (let index = 0; index < 200; index++) call()
    best = Math.min(best, ((performance.now() - started) * 1000) / 200)
  }
  return best
}
