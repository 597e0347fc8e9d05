import t from 'tap'
import { AUDIT_ATTACKS, tryAttack } from './audit-attacks.ts'
import { killAppenders } from './audit-kills.ts'
import { buildAuditStage } from './audit-stage.ts'
import { createRandom } from './random.ts'

const CASES = 63
const SEED = 20_260_701

t.test('every tampering is found at the first bad entry, and nothing else is', async (t) => {
  const random = createRandom(SEED)
  const stage = await buildAuditStage(t, 600, random)
  t.equal((await stage.verify()).fault, undefined, 'the log as it was written')
  for (let done = 0; done < CASES; done += 1) {
    const attack = AUDIT_ATTACKS[done % AUDIT_ATTACKS.length] ?? t.fail('no attacks')
    if (typeof attack === 'boolean') continue
    const { expected, fault } = await tryAttack(stage, attack, random)
    t.equal(fault?.sequence, expected, `${attack.name} (${fault?.reason})`)
  }
  t.equal((await stage.verify()).fault, undefined, 'the log as it was written, again')
})

t.test('a process killed while it appends leaves no alarm and loses no entry that was safe', async (t) => {
  for (const { alarm, entries, acknowledged } of await killAppenders(t, 3, createRandom(SEED))) {
    t.equal(alarm, undefined)
    t.ok(entries >= acknowledged, `${entries} entries, ${acknowledged} acknowledged`)
  }
})
