import {
  type ChainRow,
  hashLink,
  hashPayload,
  hashPerson,
  type PayloadRow,
  type PersonRow,
} from '../../plugins/audit/src/chain.ts'
import type { AuditStage } from './audit-stage.ts'
import type { Random } from './random.ts'

/** Something that somebody who has the database, but neither the key nor the anchor, may do to it. */
export interface AuditAttack {
  readonly name: string
  /** Does it, and tells the first entry that is then not as it was written. */
  run(stage: AuditStage, random: Random): number
}

const CONTENT_TABLES = ['audit_payloads', 'audit_persons'] as const
const TABLES = ['audit_chain', ...CONTENT_TABLES] as const
type Sqlite = AuditStage['sqlite']
type Row = Record<string, string | number | null>

/** All of them; a case is one, at a random place. */
export const AUDIT_ATTACKS: readonly AuditAttack[] = [
  { name: 'a bit flipped in a link', run: (stage, random) => flipBit(stage, random, 'audit_chain') },
  { name: 'a bit flipped in a content', run: (stage, random) => flipBit(stage, random, 'audit_payloads') },
  { name: 'a bit flipped in a person', run: (stage, random) => flipBit(stage, random, 'audit_persons') },
  { name: 'a bit flipped in a checkpoint', run: (stage, random) => flipBit(stage, random, 'audit_checkpoints') },
  { name: 'a content edited', run: (stage, random) => edit(stage, random) },
  { name: 'a content edited, with its hashes', run: (stage, random) => rehash(stage, edit(stage, random), 1) },
  {
    name: 'a content edited, the chain after it written anew',
    run: (stage, random) => rehash(stage, edit(stage, random)),
  },
  { name: 'a person edited', run: editPerson },
  { name: 'a content deleted', run: (stage, random) => deleteContent(stage, random, 'audit_payloads') },
  { name: 'a person deleted', run: (stage, random) => deleteContent(stage, random, 'audit_persons') },
  { name: 'an entry deleted', run: deleteEntry },
  { name: 'an entry deleted, those after it moved up, the chain written anew', run: deleteAndMoveUp },
  { name: 'a content deleted, a removal of it forged', run: forgeRemoval },
  { name: 'two contents swapped', run: (stage, random) => swap(stage, random, ['audit_payloads']) },
  { name: 'two persons swapped', run: (stage, random) => swap(stage, random, ['audit_persons']) },
  { name: 'two entries swapped', run: (stage, random) => swap(stage, random, TABLES) },
  { name: 'an entry added at the end', run: insertAtEnd },
  { name: 'an entry inserted, those after it moved down, the chain written anew', run: insertInside },
  { name: 'a removed content put back', run: putBack },
  { name: 'the tail cut', run: cutTail },
  { name: 'the database rolled back', run: rollBack },
]

/** Tries an attack and undoes it; what it did must be found at exactly this entry. */
export async function tryAttack(stage: AuditStage, attack: AuditAttack, random: Random) {
  stage.sqlite.exec('BEGIN')
  try {
    const expected = attack.run(stage, random)
    const { fault } = await stage.verify()
    return { expected, fault }
  } finally {
    stage.sqlite.exec('ROLLBACK')
  }
}

function flipBit({ sqlite }: AuditStage, random: Random, table: string): number {
  for (;;) {
    const row = pickRow(sqlite, random, table)
    const column = random.pick(Object.keys(row).filter((name) => row[name] !== null && row[name] !== ''))
    const flipped = flip(row[column] as string | number, random)
    const sequence = Number(row.sequence)
    const value = typeof flipped === 'number' ? '?' : 'CAST(? AS TEXT)'
    try {
      sqlite.prepare(`UPDATE main.${table} SET ${column} = ${value} WHERE sequence = ?`).run(flipped, sequence)
    } catch {
      // Another row has this number, or the kind is none: SQLite itself would call it damaged.
      continue
    }
    // A row that says it is of another entry is wrong there, if that comes first; a checkpoint of no entry is only missing.
    const claimed = column === 'sequence' ? Number(flipped) : sequence
    return table === 'audit_checkpoints' && claimed < 1 ? sequence : Math.min(sequence, claimed)
  }
}

function flip(value: string | number, random: Random): number | Buffer {
  if (typeof value === 'number') return Number(BigInt(value) ^ (1n << BigInt(random.int(40))))
  const bytes = Buffer.from(value)
  const at = random.int(bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.int(8))
  return bytes
}

function edit({ sqlite }: AuditStage, random: Random): number {
  const { sequence } = pickRow(sqlite, random, 'audit_payloads')
  const column = random.pick(['action', 'resource_id', 'old_value', 'new_value', 'source', 'outcome', 'notes'])
  sqlite.prepare(`UPDATE main.audit_payloads SET ${column} = 'nothing' WHERE sequence = ?`).run(sequence)
  return Number(sequence)
}

function editPerson({ sqlite }: AuditStage, random: Random): number {
  const { sequence } = pickRow(sqlite, random, 'audit_persons')
  sqlite.prepare("UPDATE main.audit_persons SET name = 'mallory' WHERE sequence = ?").run(sequence)
  return Number(sequence)
}

/** Gives so many links from this one on the hashes that fit their contents. */
function rehash({ sqlite }: AuditStage, from: number, count = Number.MAX_SAFE_INTEGER): number {
  const links = sqlite
    .prepare('SELECT * FROM main.audit_chain WHERE sequence >= ? ORDER BY sequence LIMIT ?')
    .all(from, count) as ChainRow[]
  const update = sqlite.prepare(
    'UPDATE main.audit_chain SET payload_hash = ?, person_hash = ?, previous_hash = ?, hash = ? WHERE sequence = ?',
  )
  let previous = sqlite
    .prepare('SELECT hash FROM main.audit_chain WHERE sequence < ? ORDER BY sequence DESC')
    .pluck()
    .get(from)
  for (const link of links) {
    const payload = rowOf<PayloadRow>(sqlite, 'audit_payloads', link.sequence)
    const person = rowOf<PersonRow>(sqlite, 'audit_persons', link.sequence)
    const next = {
      ...link,
      payload_hash: payload === undefined ? link.payload_hash : hashPayload(payload),
      person_hash: person === undefined ? link.person_hash : hashPerson(person),
      previous_hash: String(previous ?? ''),
    }
    previous = hashLink(next)
    update.run(next.payload_hash, next.person_hash, next.previous_hash, previous, link.sequence)
  }
  return from
}

function deleteContent({ sqlite }: AuditStage, random: Random, table: (typeof CONTENT_TABLES)[number]): number {
  const { sequence } = pickRow(sqlite, random, table)
  sqlite.prepare(`DELETE FROM main.${table} WHERE sequence = ?`).run(sequence)
  return Number(sequence)
}

function deleteEntry({ sqlite, last }: AuditStage, random: Random): number {
  const sequence = 1 + random.int(last)
  for (const table of TABLES) sqlite.prepare(`DELETE FROM main.${table} WHERE sequence = ?`).run(sequence)
  return sequence
}

function deleteAndMoveUp(stage: AuditStage, random: Random): number {
  const sequence = deleteEntry(stage, random)
  move(stage, sequence + 1, -1)
  return rehash(stage, sequence)
}

function forgeRemoval(stage: AuditStage, random: Random): number {
  const sequence = deleteContent(stage, random, 'audit_payloads')
  const at = Math.min(stage.last, sequence + 1 + random.int(50))
  const removed = JSON.stringify({ payloads: [[sequence, sequence]], persons: [] })
  stage.sqlite.prepare('UPDATE main.audit_chain SET removed = ? WHERE sequence = ?').run(removed, at)
  rehash(stage, at)
  return sequence
}

function swap({ sqlite, last }: AuditStage, random: Random, tables: readonly string[]): number {
  const pick = () => Number(pickRow(sqlite, random, tables[0] ?? '').sequence)
  const one = pick()
  let other = pick()
  while (other === one) other = pick()
  const free = last + 1_000_000
  for (const table of tables) {
    const renumber = sqlite.prepare(`UPDATE main.${table} SET sequence = ? WHERE sequence = ?`)
    for (const [to, from] of [
      [free, one],
      [one, other],
      [other, free],
    ])
      renumber.run(to, from)
  }
  return Math.min(one, other)
}

function insertAtEnd(stage: AuditStage): number {
  return forgeEntry(stage, stage.last + 1)
}

function insertInside(stage: AuditStage, random: Random): number {
  const sequence = 1 + random.int(stage.last)
  move(stage, sequence, 1)
  forgeEntry(stage, sequence)
  return rehash(stage, sequence)
}

/** Chains an entry of the attacker's own in. */
function forgeEntry({ sqlite }: AuditStage, sequence: number): number {
  const template = sqlite.prepare('SELECT * FROM main.audit_payloads ORDER BY sequence LIMIT 1').get() as PayloadRow
  const payload = { ...template, sequence, action: 'never_happened' }
  const person = { sequence, salt: 'aa', name: 'mallory', address: null, request_id: null }
  const previous = sqlite
    .prepare('SELECT hash FROM main.audit_chain WHERE sequence = ?')
    .pluck()
    .get(sequence - 1)
  const link = {
    sequence,
    time_ms: payload.timestamp * 1000,
    kind: 'entry' as const,
    payload_hash: hashPayload(payload),
    person_hash: hashPerson(person),
    removed: null,
    previous_hash: String(previous ?? ''),
  }
  insert(sqlite, 'audit_chain', { ...link, hash: hashLink(link) })
  insert(sqlite, 'audit_payloads', { ...payload })
  insert(sqlite, 'audit_persons', person)
  return sequence
}

/** From an old copy, which still has it. */
function putBack(stage: AuditStage, random: Random): number {
  const { sqlite, oldCopies } = stage
  const last = oldCopies.length - 1
  const gone = sqlite
    .prepare(
      `SELECT sequence FROM old${last}.audit_payloads WHERE sequence NOT IN (SELECT sequence FROM main.audit_payloads)`,
    )
    .pluck()
    .all() as number[]
  if (gone.length === 0) return deleteEntry(stage, random)
  const sequence = random.pick(gone)
  sqlite.exec(`INSERT INTO main.audit_payloads SELECT * FROM old${last}.audit_payloads WHERE sequence = ${sequence}`)
  return sequence
}

function cutTail({ sqlite, last }: AuditStage, random: Random): number {
  const kept = random.pick([last - 1, last - 1 - random.int(99), random.int(last)])
  for (const table of [...TABLES, 'audit_checkpoints'])
    sqlite.prepare(`DELETE FROM main.${table} WHERE sequence > ?`).run(kept)
  return kept + 1
}

function rollBack({ sqlite, oldCopies }: AuditStage, random: Random): number {
  const index = random.int(oldCopies.length)
  for (const table of [...TABLES, 'audit_checkpoints'])
    sqlite.exec(`DELETE FROM main.${table}; INSERT INTO main.${table} SELECT * FROM old${index}.${table}`)
  return (oldCopies[index] ?? 0) + 1
}

/** Renumbers all from this one on, by one. */
function move({ sqlite }: AuditStage, from: number, by: 1 | -1): void {
  for (const table of TABLES) {
    sqlite.exec(`UPDATE main.${table} SET sequence = -sequence WHERE sequence >= ${from}`)
    sqlite.exec(`UPDATE main.${table} SET sequence = -sequence + ${by} WHERE sequence < 0`)
  }
}

function pickRow(sqlite: Sqlite, random: Random, table: string): Row {
  const count = Number(sqlite.prepare(`SELECT count(*) FROM main.${table}`).pluck().get())
  return sqlite.prepare(`SELECT * FROM main.${table} ORDER BY sequence LIMIT 1 OFFSET ?`).get(random.int(count)) as Row
}

function rowOf<T>(sqlite: Sqlite, table: string, sequence: number): T | undefined {
  return sqlite.prepare(`SELECT * FROM main.${table} WHERE sequence = ?`).get(sequence) as T | undefined
}

function insert(sqlite: Sqlite, table: string, row: Row): void {
  const columns = Object.keys(row)
  sqlite
    .prepare(`INSERT INTO main.${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
    .run(Object.values(row))
}
