import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAudit } from '../../plugins/audit/test/support/build-audit.ts'
import type { Teardown } from '../support/fixtures.ts'
import type { Random } from './random.ts'

const LONGEST_MS = 400

/** What a kill left behind. */
export interface KillOutcome {
  /** Entries that the killed processes had been told were safe, so far. */
  readonly acknowledged: number
  readonly entries: number
  /** What verification complained of: a false alarm. */
  readonly alarm: string | undefined
}

/** Kills a process that appends, so many times at random moments, and verifies what is there after each, with a gateway's own start. */
export async function killAppenders(t: Teardown, count: number, random: Random): Promise<KillOutcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-audit-kills-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const outcomes: KillOutcome[] = []
  let acknowledged = 0
  for (let kill = 0; kill < count; kill += 1) {
    acknowledged += await appendUntilKilled(folder, random.int(LONGEST_MS))
    const audit = buildAudit(t, { folder })
    const { fault, entries } = await audit.log.verify()
    await audit.close()
    outcomes.push({ acknowledged, entries, alarm: fault?.reason })
  }
  return outcomes
}

/** Resolves with the number of entries that were acknowledged before the end. */
function appendUntilKilled(folder: string, afterMs: number): Promise<number> {
  const program = join(import.meta.dirname, 'audit-appender.ts')
  const child = spawn(process.execPath, ['--conditions=@drawbridge/source', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let [output, isDoomed] = ['', false]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    // From the first entry on, so that the moment is one in which something happens.
    if (!isDoomed) setTimeout(() => child.kill('SIGKILL'), afterMs)
    isDoomed = true
  })
  child.on('close', (code, signal) => {
    if (signal !== 'SIGKILL') return reject(new Error(`the appender ended by itself: ${code}`))
    const lines = output.split('\n').slice(0, -1)
    resolve(lines.reduce((sum, line) => sum + Number(line), 0))
  })
  return promise
}
