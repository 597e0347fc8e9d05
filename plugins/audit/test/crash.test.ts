import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { openDatabase } from '@drawbridge/db'
import t from 'tap'
import { buildAudit, entryOf, type Teardown, tamper } from './support/build-audit.ts'

t.test('an entry that was announced but never stored is no alarm, and its number is given again', async (t) => {
  const { folder, anchorFile } = await writeEntries(t, 3)
  appendFileSync(anchorFile, `${JSON.stringify({ entry: 4, hash: 'a'.repeat(64) })}\n`)
  const audit = buildAudit(t, { folder })
  await audit.log.append(entryOf())
  t.match(await audit.log.verify(), { fault: undefined, entries: 4 })
  t.notOk(found(audit))
})

t.test('an entry that was stored but not acknowledged in the anchor is acknowledged at the next start', async (t) => {
  const { folder, anchorFile } = await writeEntries(t, 3)
  const lines = readFileSync(anchorFile, 'utf8').split('\n')
  writeFileSync(
    anchorFile,
    `${lines.filter((line) => line !== '{"stored":3}' && !line.includes('checkpoint')).join('\n')}`,
  )
  const database = openDatabase({ file: `${folder}/drawbridge.db` })
  database.sqlite.exec('DROP TRIGGER audit_checkpoints_no_delete; DELETE FROM audit_checkpoints')
  database.close()
  const audit = buildAudit(t, { folder })
  t.match(await audit.log.verify(), { fault: undefined, entries: 3 })
  t.match(readFileSync(anchorFile, 'utf8'), /"stored":3/)
})

t.test('half a line at the end of the anchor is no alarm, and spoils no line after it', async (t) => {
  const { folder, anchorFile } = await writeEntries(t, 2)
  appendFileSync(anchorFile, '{"entry":3,"ha')
  const { log } = buildAudit(t, { folder })
  await log.append(entryOf())
  t.match(await log.verify(), { fault: undefined, entries: 3 })
})

t.test('an old copy of the database is found at the start, and stays found', async (t) => {
  const { folder, file } = await writeEntries(t, 3)
  // Not as a file: what was written last may still be in the -wal file.
  const database = openDatabase({ file })
  database.sqlite.exec(`VACUUM INTO '${file}.old'`)
  database.close()
  await writeEntries(t, 2, folder)
  renameSync(`${file}.old`, file)
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
  const audit = buildAudit(t, { folder })
  await audit.log.append(entryOf())
  t.match(await audit.log.verify(), { fault: { sequence: 4, reason: /Entry 4 is missing/ } })
  t.ok(found(audit), 'it is announced')
  t.match(await audit.rows('SELECT max(sequence) AS last FROM audit_chain'), [{ last: 6 }], 'no number is given twice')
})

t.test('a cut tail is found', async (t) => {
  const { folder, file } = await writeEntries(t, 5)
  tamper(
    file,
    ['audit_chain', 'audit_payloads', 'audit_persons', 'audit_checkpoints']
      .map((table) => `DELETE FROM ${table} WHERE sequence > 3`)
      .join(';'),
  )
  const { log } = buildAudit(t, { folder })
  t.match(await log.verify(), { fault: { sequence: 4, reason: /log ends at entry 3, but once went to 5/ } })
})

t.test('tampering while the gateway runs is found and announced once', async (t) => {
  const audit = buildAudit(t)
  for (let index = 0; index < 5; index += 1) await audit.log.append(entryOf())
  audit.tamper("UPDATE audit_persons SET name = 'eve' WHERE sequence = 2")
  t.match(await audit.log.verify(), {
    fault: { sequence: 2, reason: /record of who did entry 2 was changed/ },
    entries: 1,
  })
  await audit.log.verify()
  t.equal(audit.events.filter(({ name }) => name === 'audit_tampering_found').length, 1)
})

t.test('entries that come while the log is verified are no alarm', async (t) => {
  const { log } = buildAudit(t)
  for (let index = 0; index < 50; index += 1) await log.append(entryOf())
  const verified = log.verify()
  const more = Array.from({ length: 30 }, () => log.append(entryOf()))
  t.match(await verified, { fault: undefined })
  await Promise.all(more)
  t.match(await log.verify(), { fault: undefined, entries: 80 })
})

t.test('without its anchor a log goes on with a new one, which says since when', async (t) => {
  const { folder, anchorFile } = await writeEntries(t, 3)
  rmSync(anchorFile)
  const { log, lines } = buildAudit(t, { folder })
  await log.append(entryOf())
  t.match(await log.verify(), { fault: undefined, entries: 4, unanchored: 3 })
  t.ok(lines.some((line) => line.includes('had no anchor')))
})

t.test('an anchor that goes away while the gateway runs is an alarm', async (t) => {
  const { log, anchorFile } = buildAudit(t)
  await log.append(entryOf())
  rmSync(anchorFile)
  t.match(await log.verify(), { fault: { sequence: 1, reason: /anchor.*is missing/ } })
})

t.test('a bit of a checkpoint’s signature that decoding would pass over is no less a change', async (t) => {
  const { folder, file } = await writeEntries(t, 3)
  const database = openDatabase({ file })
  const signature = String(database.sqlite.prepare('SELECT signature FROM audit_checkpoints').pluck().get())
  database.close()
  // 64 bytes are 85 characters and two bits: the next letter of the alphabet differs in bits that mean nothing.
  const other = signature.slice(0, 85) + String.fromCharCode(signature.charCodeAt(85) + 1) + signature.slice(86)
  t.same(Buffer.from(other, 'base64'), Buffer.from(signature, 'base64'), 'it decodes to the same')
  tamper(file, `UPDATE audit_checkpoints SET signature = '${other}'`)
  const { log } = buildAudit(t, { folder })
  t.match(await log.verify(), { fault: { sequence: 3, reason: /checkpoint at entry 3 was changed/ } })
})

t.test('checkpoints of another key are no checkpoints of this gateway', async (t) => {
  const { folder } = await writeEntries(t, 3)
  rmSync(`${folder}/keys/audit.key`)
  const { log } = buildAudit(t, { folder })
  t.match(await log.verify(), { fault: { sequence: 3, reason: /not signed with the key of this gateway/ } })
})

t.test('an anchor that cannot be written refuses entries', async (t) => {
  const { log } = buildAudit(t, { options: { anchor: 'drawbridge.db/x', checkpoint_every: 10 } })
  await t.rejects(log.append(entryOf()), { code: 'DRAWBRIDGE_AUDIT_AWAY' })
})

/** A log with so many entries more whose gateway has ended. */
async function writeEntries(t: Teardown, count: number, folder?: string) {
  const audit = buildAudit(t, folder === undefined ? {} : { folder })
  for (let index = 0; index < count; index += 1) await audit.log.append(entryOf())
  await audit.close()
  return audit
}

function found({ events }: ReturnType<typeof buildAudit>): boolean {
  return events.some(({ name }) => name === 'audit_tampering_found')
}
