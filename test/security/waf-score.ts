/**
 * Scores the WAF engine on the public request collections beside the repository, without a gateway: the requests of replay.mjs and the
 * arithmetic of score.py. `node --conditions=@drawbridge/source test/security/waf-score.ts [--misses N] [--third 0|1|2] [--only CORPUS] [--rule ID] [--hard]`; `--third`
 * prints one third held out by payload beside the other two.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compileRuleset, inspectRequest, PRESETS, type Ruleset, type Verdict } from '@drawbridge/plugin-waf'

interface Row {
  id: string
  corpus: string
  class: string
  method?: string
  path?: string
  query?: string | null
  headers?: Record<string, string>
  body?: string | null
  expect: 'block' | 'pass'
  enc?: string
  hard?: boolean
  nodefaults?: boolean
  raw_b64?: string
}

interface Judged {
  row: Row
  verdict: Verdict
  isWrong: boolean
}

const FOLDER = join(import.meta.dirname, '../../../shared/corpora')
const BROWSER = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  Accept: '*/*',
  'Accept-Language': 'de,en-US;q=0.7,en;q=0.3',
  'Accept-Encoding': 'gzip, deflate, br',
}
const DROPPED = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'expect', 'upgrade'])
const SXT = ['sqli', 'xss', 'traversal']
const WEIGHTS = { sqli: 916, xss: 41_888, traversal: 28_314, other: 2_806 }
const TALK =
  'banking77 clinc150 markdown minecraft-messages prose-de prose-en wiki-sentences discord-json matrix-json'.split(' ')

/** Rows of applications that have a preset: blocked with it? */
const withPreset = new Map<Row, boolean>()

const { values } = parseArgs({
  options: {
    misses: { type: 'string', default: '0' },
    third: { type: 'string' },
    only: { type: 'string' },
    rule: { type: 'string' },
    hard: { type: 'boolean' },
  },
})

if (!existsSync(FOLDER)) console.log('no ../shared/corpora beside the repository: nothing to score')
else main()

function main(): void {
  const started = performance.now()
  const judged = readRows().map(judge(createRulesets()))
  console.log(`${judged.length} requests, ${(performance.now() - started).toFixed(0)} ms`)
  if (values.third === undefined) printTable(judged)
  else {
    const third = Number(values.third)
    console.log('--- the two thirds to tune on')
    printTable(judged.filter(({ row }) => thirdOf(row) !== third))
    console.log('--- the third held out')
    printTable(judged.filter(({ row }) => thirdOf(row) === third))
  }
  printMisses(judged, Number(values.misses))
}

function readRows(): Row[] {
  return readdirSync(FOLDER)
    .filter((name) => /^(?:waf|benign)_.*\.jsonl$/.test(name))
    .flatMap((name) => readFileSync(join(FOLDER, name), 'utf8').split('\n'))
    .filter((line) => line.startsWith('{'))
    .map((line): Row => JSON.parse(line))
    .filter((row) => row.raw_b64 === undefined)
}

function createRulesets(): { plain: Ruleset; byCorpus: Map<string, Ruleset> } {
  const plain = compileRuleset()
  const byCorpus = new Map(
    (['pterodactyl', 'vaultwarden'] as const).map((app) => [
      app as string,
      compileRuleset({ exclusions: PRESETS[app] }),
    ]),
  )
  return { plain, byCorpus }
}

function judge(rulesets: { plain: Ruleset; byCorpus: Map<string, Ruleset> }): (row: Row) => Judged {
  return (row) => {
    const parts = toParts(row)
    const verdict = inspectRequest(parts, rulesets.plain)
    const isBlocked = verdict.isAttack
    const judged = { row, verdict, isWrong: isBlocked !== (row.expect === 'block') }
    const preset = rulesets.byCorpus.get(row.corpus)
    if (preset !== undefined) withPreset.set(row, inspectRequest(parts, preset).isAttack)
    return judged
  }
}

/** The request as replay.mjs sends it. */
function toParts(row: Row): Parameters<typeof inspectRequest>[0] {
  const fields: Record<string, string> = row.nodefaults === true ? {} : { ...BROWSER }
  for (const [name, value] of Object.entries(row.headers ?? {})) {
    if (DROPPED.has(name.toLowerCase())) continue
    for (const known of Object.keys(fields)) if (known.toLowerCase() === name.toLowerCase()) delete fields[known]
    fields[name] = String(value).replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
  }
  const wire = (text: string) => text.replace(/[^\u0021-\u007e]/g, (sign) => encodeURIComponent(sign.toWellFormed()))
  const target = wire(row.path || '/') + (row.query ? `?${wire(row.query)}` : '')
  const question = target.indexOf('?')
  return {
    method: row.method ?? 'GET',
    path: question < 0 ? target : target.slice(0, question),
    query: question < 0 ? '' : target.slice(question + 1),
    headers: Object.entries(fields).flat(),
    ...(row.body ? { body: Buffer.from(row.body) } : {}),
  }
}

/** Rows of one payload stay together: placements of it share the digits of the id. */
function thirdOf(row: Row): number {
  const payload = row.id.replace(/[-_](?:g|p|q|f|j|[a-z]{1,6})$/, '')
  let hash = 7
  for (const sign of payload) hash = (Math.imul(hash, 31) + (sign.codePointAt(0) ?? 0)) | 0
  return Math.abs(hash >> 3) % 3
}

function printTable(judged: readonly Judged[]): void {
  const share = (expect: string, test: (row: Row) => boolean, wrong = (entry: Judged) => entry.isWrong): number => {
    const rows = judged.filter(({ row }) => row.expect === expect && test(row))
    return (100 * rows.filter(wrong).length) / rows.length
  }
  const caught = (test: (row: Row) => boolean) => 100 - share('block', test)
  const blocked = (corpora: readonly string[], isHard = false) =>
    share('pass', (row) => corpora.includes(row.corpus) && (row.hard === true) === isHard)
  const preset = (corpora: readonly string[], isHard: boolean) =>
    share(
      'pass',
      (row) => corpora.includes(row.corpus) && (row.hard === true) === isHard,
      ({ row }) => withPreset.get(row) === true,
    )
  const wcp = (kind: string) => caught((row) => row.corpus === 'wcp-malicious' && row.class === kind)
  const kinds = Object.entries(WEIGHTS)
  const weighted =
    kinds.reduce((sum, [kind, weight]) => sum + wcp(kind) * weight, 0) /
    kinds.reduce((sum, [, weight]) => sum + weight, 0)
  const legit = blocked(['wcp-legit'])
  const rows: [string, number, number | undefined, number | undefined, boolean][] = [
    ['openappsec attacks, weighted', weighted, 98.5, 99.5, true],
    ['  sqli', wcp('sqli'), 94, 97, true],
    ['  xss', wcp('xss'), 99.5, 99.9, true],
    ['  traversal', wcp('traversal'), 98, 99.7, true],
    ['  other', wcp('other'), 94, 98, true],
    ['wcp-legit wrongly blocked', legit, 0.3, 0.1, false],
    ['balanced accuracy', (weighted + 100 - legit) / 2, 99.1, 99.7, true],
    ['wcp-body wrongly blocked', blocked(['wcp-body']), 0.5, 0, false],
    ['wcp-hard wrongly blocked', blocked(['wcp-hard']), 4, 2, false],
    ['chat, prose, Markdown, game text wrongly blocked', blocked(TALK), 0.1, 0, false],
    ['libinjection-fp + mgm-fp wrongly blocked', blocked(['libinjection-fp', 'mgm-fp']), 3, 1, false],
    ['Pterodactyl + Vaultwarden wrongly blocked', blocked(['pterodactyl', 'vaultwarden']), 0.5, 0, false],
    ['  with presets', preset(['pterodactyl', 'vaultwarden'], false), 0.2, 0, false],
    ['Pterodactyl hard rows wrongly blocked', blocked(['pterodactyl'], true), undefined, 15, false],
    ['  with preset', preset(['pterodactyl'], true), 0, 0, false],
    [
      'external sqli + xss + traversal',
      caught((row) => SXT.includes(row.class) && row.corpus !== 'crs'),
      93,
      95.5,
      true,
    ],
    ['gotestwaf incl. Base64', caught((row) => row.corpus === 'gotestwaf' && SXT.includes(row.class)), 82, 92, true],
    ['gotestwaf benign wrongly blocked', blocked(['gotestwaf-fp']), 1.6, 0, false],
    ...(
      [
        ['plain', 85, 92],
        ['HTML-ENTITY', 90, 97],
        ['UTF-16', 90, 97],
        ['BASE64', 80, 90],
      ] as const
    ).map(([enc, must, aim]): [string, number, number, number, boolean] => [
      `nemesida ${enc}`,
      caught((row) => row.corpus === 'waf-bypass' && SXT.includes(row.class) && (row.enc ?? 'plain') === enc),
      must,
      aim,
      true,
    ]),
    [
      '(libinjection sqli)',
      caught((row) => row.corpus === 'libinjection' && row.class === 'sqli'),
      undefined,
      undefined,
      true,
    ],
    [
      '(libinjection xss)',
      caught((row) => row.corpus === 'libinjection' && row.class === 'xss'),
      undefined,
      undefined,
      true,
    ],
    [
      "(CRS's own sqli + xss + traversal)",
      caught((row) => row.corpus === 'crs' && SXT.includes(row.class)),
      undefined,
      undefined,
      true,
    ],
    ['(CRS near-misses)', share('pass', (row) => row.corpus === 'crs-negative'), undefined, undefined, false],
    ['(SQL talk)', blocked(['sql-talk']), undefined, undefined, false],
    ['(CRS plugin cases)', blocked(['crs-plugin-fp']), undefined, undefined, false],
    ['(odd paths)', blocked(['repo-paths']), undefined, undefined, false],
  ]
  for (const [name, value, must, aim, isHigh] of rows) {
    const holds = (bar: number | undefined) =>
      bar === undefined || Number.isNaN(value) || (isHigh ? value >= bar : value <= bar)
    const mark = must === undefined && aim === undefined ? '    ' : !holds(must) ? 'LESS' : holds(aim) ? 'AIM ' : 'ok  '
    if (mark === 'LESS' && values.third === undefined) process.exitCode = 1
    console.log(`${mark} ${name.padEnd(50)}${value.toFixed(2).padStart(7)} %   must ${must ?? '-'}  aim ${aim ?? '-'}`)
  }
}

function printMisses(judged: readonly Judged[], count: number): void {
  if (count === 0) return
  const wrong = judged.filter(({ row, verdict, isWrong }) => {
    if (!isWrong || (row.hard === true) !== (values.hard === true)) return false
    if (values.rule !== undefined && !verdict.matches.some(({ rule }) => rule.id === values.rule)) return false
    return values.only === undefined || `${row.corpus} ${row.class} ${row.enc ?? ''}`.includes(values.only)
  })
  for (const { row, verdict } of wrong.slice(0, count)) {
    const fired = verdict.matches.map(
      ({ rule, part, parameter, excerpt }) => `${rule.id}@${part}:${parameter} «${excerpt}»`,
    )
    const sent = verdict.isAttack
      ? ''
      : ` ${row.path} ? ${row.query ?? ''} ${row.expect === 'block' ? JSON.stringify(row.headers) : ''} ${row.body ?? ''}`
    console.log(
      `${row.corpus}|${row.class}|${row.enc ?? ''} ${verdict.score}${sent.slice(0, 420)} ${fired.join(' | ').slice(0, 600)}`,
    )
  }
}
