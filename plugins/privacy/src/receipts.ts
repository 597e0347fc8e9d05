import type { SqlValue, Storage } from '@drawbridge/plugin-kit'
import type { RememberedErasure } from './erasure-list.ts'
import type { PlaceReceipt, Receipt } from './receipt.ts'

const INSERT = `INSERT INTO privacy_erasures
  (erasure_id, requested_at, actor_kind, actor_name, subject_kind, subject_fingerprint, reapplied_at, receipt)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
const PAGE = 5_000

/** Stores the receipt of an erasure: from then on the database knows of it. */
export async function insertReceipt(storage: Storage, receipt: Receipt, reappliedAt?: number): Promise<void> {
  const { id, actor, subject } = receipt
  await storage.durable([
    {
      sql: INSERT,
      params: [
        id,
        receipt.requested_at,
        actor.kind,
        actor.name,
        subject.kind,
        subject.fingerprint,
        reappliedAt ?? null,
        JSON.stringify(receipt),
      ],
    },
  ])
}

/** The ids of all erasures that the database knows of. */
export async function knownErasures(storage: Storage): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for (let after = '', isFull = true; isFull; ) {
    const sql = `SELECT erasure_id FROM privacy_erasures WHERE erasure_id > ? ORDER BY erasure_id LIMIT ${PAGE}`
    const rows = await storage.all(sql, [after])
    for (const row of rows) known.add(String(row.erasure_id))
    isFull = rows.length === PAGE
    after = String(rows.at(-1)?.erasure_id ?? '')
  }
  return known
}

/** Enters an erasure that was done again. What its first receipt said went with the database that it was in. */
export async function markReapplied(
  storage: Storage,
  done: {
    readonly erasure: RememberedErasure
    readonly places: readonly PlaceReceipt[]
    readonly at: number
    readonly count: number
  },
): Promise<void> {
  const { erasure, places, at, count } = done
  await insertReceipt(
    storage,
    {
      id: erasure.id,
      requested_at: erasure.at,
      completed_at: at,
      actor: { kind: 'system', name: 'privacy' },
      subject: erasure.subject,
      dry_run: false,
      count,
      places,
      pseudonym_days: [],
      is_compacted: true,
      notes: ['The first receipt of this erasure was in a database that an older copy has replaced.'],
      reapplied: { at, count },
    },
    at,
  )
}

/** One receipt. */
export async function readReceipt(storage: Storage, id: string): Promise<Receipt | undefined> {
  const [row] = await storage.all('SELECT receipt FROM privacy_erasures WHERE erasure_id = ?', [id])
  return row === undefined ? undefined : toReceipt(row)
}

/** Receipts, newest first, from behind a key on. */
export async function listReceipts(
  storage: Storage,
  limit: number,
  after?: readonly SqlValue[],
): Promise<readonly Receipt[]> {
  const behind = after === undefined ? '' : 'WHERE (requested_at, erasure_id) < (?, ?)'
  const sql = `SELECT receipt FROM privacy_erasures ${behind} ORDER BY requested_at DESC, erasure_id DESC LIMIT ?`
  const rows = await storage.all(sql, [...(after ?? []), limit])
  return rows.map(toReceipt)
}

function toReceipt(row: Readonly<Record<string, SqlValue>>): Receipt {
  return JSON.parse(String(row.receipt)) as Receipt
}
