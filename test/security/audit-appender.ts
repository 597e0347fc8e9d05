import { buildAudit, entryOf } from '../../plugins/audit/test/support/build-audit.ts'

// Appends to the audit log of a folder as fast as it can, and says on standard output which entries it was told are safe, until it is killed.
const [, , folder = ''] = process.argv
const { log, store } = buildAudit({ teardown() {} }, { folder })
let written = 0
for (;;) {
  const name = `user${written % 7}`
  const batch = Array.from({ length: 1 + (written % 5) }, () =>
    log.append(entryOf({ actor: { kind: 'user', name }, notes: `entry ${written++}` })),
  )
  await Promise.all(batch)
  process.stdout.write(`${batch.length}\n`)
  if (written % 50 < 5) await store.erase({ cidrs: [], pseudonyms: [], text: name, requestIds: [] })
}
