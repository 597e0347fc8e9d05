import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openDatabase } from '../src/index.ts'

const ROUNDS = 6
const MAX_LIFE_MS = 250

interface Acknowledged {
  durable: number
  flushed: number
}

t.test('what was acknowledged survives kill -9 at any moment, and the file opens again intact', async (t) => {
  const file = join(t.testdir(), 'a.sqlite')
  for (let round = 1; round <= ROUNDS; round++) {
    const acknowledged = await writeAndKill(file, round)
    const { sqlite, close } = openDatabase({ file })
    const count = (table: string) =>
      sqlite.prepare(`SELECT count(*), max(n) FROM ${table} WHERE round = ?`).raw().get(round)

    t.equal(sqlite.pragma('integrity_check', { simple: true }), 'ok')
    const [durableCount, durableMax] = count('durable_rows') as [number, number]
    t.ok(
      durableCount >= acknowledged.durable,
      `${acknowledged.durable} durable writes were acknowledged, ${durableCount} are there`,
    )
    t.equal(durableCount, durableMax, 'no durable write is missing in between')
    const [logCount, logMax] = count('log_rows') as [number, number]
    t.ok(logCount >= acknowledged.flushed, `${acknowledged.flushed} rows were flushed, ${logCount} are there`)
    t.equal(logCount, logMax, 'only the last rows can be missing')
    close()
  }
})

/** Lets a process write for a random time after its first acknowledgement and kills it. */
async function writeAndKill(file: string, round: number): Promise<Acknowledged> {
  const acknowledged: Acknowledged = { durable: 0, flushed: 0 }
  const program = fileURLToPath(new URL('fixtures/write-until-killed.ts', import.meta.url))
  const child = fork(program, [file, String(round)], { execArgv: ['--conditions=@drawbridge/source'] })
  child.on('message', (message: Partial<Acknowledged>) => Object.assign(acknowledged, message))
  await once(child, 'message')
  await delay(Math.random() * MAX_LIFE_MS)
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')])
  child.kill('SIGKILL')
  await ended
  return acknowledged
}
