/**
 * The nightly run, `npm run fuzz`: every property of the fuzz tests with 100,000 cases (or as many as the first argument says), and a
 * watch on the clock, which no test may look at: twice the input takes about twice the time.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { normaliseAddress, normalisePath } from '@drawbridge/core'
import { addressKey, parseAddressRange } from '@drawbridge/plugin-kit'

const CASES = Number(process.argv[2] ?? 100_000)
const ROOT = join(import.meta.dirname, '../..')
const FILES = [
  'test/security/fuzz-paths.test.ts',
  'test/security/fuzz-addresses.test.ts',
  'plugins/waf/test/fuzz.test.ts',
]
const RESULT = /^(?:not )?ok \d+ - (.+?) # time=([\d.]+)(m?s)$/

const SIZES = [50_000, 100_000, 200_000, 400_000]
/** 2 is linear and 4 quadratic; the rest is the noise of the machine. */
const MAX_GROWTH = 3
const UNITS = [
  '/',
  '/./',
  '/a/../',
  '//',
  ';',
  ';/',
  '%2f',
  '%25',
  '%2525',
  '/a;b%2f',
  '\\',
  '.',
  '..',
  '%ef%bc%8f',
  '1.',
  ':',
  '::',
  '0',
  '[',
  '%',
]
const READERS = { normalisePath, addressKey, parseAddressRange, normaliseAddress }

const isGood = [...FILES.map(runFile), ...UNITS.map(checkGrowth)].every(Boolean)
console.log(isGood ? 'all good' : 'FAILED')
process.exitCode = isGood ? 0 : 1

/** Runs a test file by itself and lists its properties. */
function runFile(file: string): boolean {
  const started = performance.now()
  const { status, stdout } = spawnSync(process.execPath, ['--conditions=@drawbridge/source', file, String(CASES)], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, TAP_TIMEOUT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const properties = stdout.split('\n').flatMap((line) => RESULT.exec(line) ?? [])
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${file}: ${CASES} cases of each property, ${seconds} s`)
  for (const line of stdout.split('\n')) if (RESULT.test(line)) console.log(`  ${line}`)
  if (status === 0 && properties.length > 0) return true
  console.log(stdout)
  return false
}

/** Repeats a unit up to each size; the best of five is what the code takes. */
function checkGrowth(unit: string): boolean {
  return Object.entries(READERS).every(([name, read]) => {
    const times = SIZES.map((size) =>
      measure(() => read(`/${unit.repeat(size / unit.length)}`) ?? read(unit.repeat(size / unit.length))),
    )
    const [first = 0, , , last = 0] = times
    const growth = (last / Math.max(first, 0.05)) ** (1 / (SIZES.length - 1))
    if (growth <= MAX_GROWTH) return true
    console.log(
      `${name} of "${unit}" repeated: ${times.map((ms) => ms.toFixed(2)).join(', ')} ms for ${SIZES.join(', ')} characters`,
    )
    return false
  })
}

function measure(action: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round += 1) {
    const started = performance.now()
    action()
    best = Math.min(best, performance.now() - started)
  }
  return best
}
