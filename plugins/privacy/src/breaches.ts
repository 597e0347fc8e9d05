import { randomUUID } from 'node:crypto'
import type { SqlValue, Storage } from '@drawbridge/plugin-kit'
import { BreachClosed, NotFound } from './errors.ts'

/** GDPR Art. 33(1). */
export const DEADLINE_SECONDS = 72 * 3600

const COLUMNS =
  'breach_id, title, happened, opened_at, opened_by, noticed_at, began_at, ended_at, notified_at, closed_at, conclusion, warned_stage'

/** A breach file. Times are seconds since 1970. */
export interface Breach {
  readonly id: string
  readonly title: string
  readonly happened: string
  readonly openedAt: number
  readonly openedBy: string
  readonly noticedAt: number
  /** The window of the evidence; without an end it reaches to the present. */
  readonly beganAt: number
  readonly endedAt: number | undefined
  /** When the authority was notified. */
  readonly notifiedAt: number | undefined
  readonly closedAt: number | undefined
  readonly conclusion: string | undefined
  /** How many of the warnings were given. */
  readonly warnedStage: number
}

/** A note in a breach file. */
export interface BreachNote {
  readonly written_at: number
  readonly written_by: string
  readonly text: string
}

/** What a breach file begins with. */
export interface NewBreach extends Pick<Breach, 'title' | 'happened' | 'noticedAt' | 'beganAt' | 'endedAt'> {
  readonly openedBy: string
}

/** When the authority must have been notified, seconds since 1970. */
export function dueAt({ noticedAt }: Pick<Breach, 'noticedAt'>): number {
  return noticedAt + DEADLINE_SECONDS
}

/** Whether the clock runs: nobody was notified yet and the file is open. */
export function isRunning({ notifiedAt, closedAt }: Breach): boolean {
  return notifiedAt === undefined && closedAt === undefined
}

/** Opens a file. */
export async function openBreach(storage: Storage, fresh: NewBreach, now: number): Promise<Breach> {
  const breach: Breach = {
    id: randomUUID(),
    ...fresh,
    openedAt: now,
    notifiedAt: undefined,
    closedAt: undefined,
    conclusion: undefined,
    warnedStage: 0,
  }
  const { id, title, happened, openedBy, noticedAt, beganAt, endedAt } = breach
  await storage.durable([
    {
      sql: `INSERT INTO privacy_breaches (breach_id, title, happened, opened_at, opened_by, noticed_at, began_at, ended_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      params: [id, title, happened, now, openedBy, noticedAt, beganAt, endedAt ?? null],
    },
  ])
  return breach
}

/** One file. Throws `NotFound`. */
export async function readBreach(storage: Storage, id: string): Promise<Breach> {
  const [row] = await storage.all(`SELECT ${COLUMNS} FROM privacy_breaches WHERE breach_id = ?`, [id])
  if (row === undefined) throw new NotFound('breach file', id)
  return toBreach(row)
}

/** Files, newest first, from behind a key on. */
export async function listBreaches(
  storage: Storage,
  limit: number,
  after?: readonly SqlValue[],
): Promise<readonly Breach[]> {
  const behind = after === undefined ? '' : 'WHERE (opened_at, breach_id) < (?, ?)'
  const sql = `SELECT ${COLUMNS} FROM privacy_breaches ${behind} ORDER BY opened_at DESC, breach_id DESC LIMIT ?`
  return (await storage.all(sql, [...(after ?? []), limit])).map(toBreach)
}

/** Files whose clock runs. */
export async function runningBreaches(storage: Storage): Promise<readonly Breach[]> {
  const sql = `SELECT ${COLUMNS} FROM privacy_breaches WHERE notified_at IS NULL AND closed_at IS NULL LIMIT 1000`
  return (await storage.all(sql)).map(toBreach)
}

/** The notes of a file, in order. */
export async function readNotes(storage: Storage, id: string): Promise<readonly BreachNote[]> {
  const sql = `SELECT written_at, written_by, text FROM privacy_breach_notes WHERE breach_id = ? ORDER BY note_id LIMIT 1000`
  const rows = await storage.all(sql, [id])
  return rows.map((row) => ({
    written_at: Number(row.written_at),
    written_by: String(row.written_by),
    text: String(row.text),
  }))
}

/** Adds a note, which may say that the authority was notified: that stops the clock. Throws `BreachClosed`. */
export async function addNote(
  storage: Storage,
  { id, closedAt }: Breach,
  note: BreachNote & { readonly notifiedAt: number | undefined },
): Promise<void> {
  if (closedAt !== undefined) throw new BreachClosed(id)
  await storage.durable([
    {
      sql: 'INSERT INTO privacy_breach_notes (breach_id, written_at, written_by, text) VALUES (?, ?, ?, ?)',
      params: [id, note.written_at, note.written_by, note.text],
    },
    {
      sql: 'UPDATE privacy_breaches SET notified_at = coalesce(notified_at, ?) WHERE breach_id = ?',
      params: [note.notifiedAt ?? null, id],
    },
  ])
}

/** Closes a file with its conclusion. Throws `BreachClosed`. */
export async function closeBreach(
  storage: Storage,
  { id, closedAt }: Breach,
  end: { readonly at: number; readonly conclusion: string },
): Promise<void> {
  if (closedAt !== undefined) throw new BreachClosed(id)
  await storage.durable([
    {
      sql: 'UPDATE privacy_breaches SET closed_at = ?, conclusion = ? WHERE breach_id = ?',
      params: [end.at, end.conclusion, id],
    },
  ])
}

/** Remembers how many warnings were given, so that a restart does not repeat them. */
export async function markWarned(storage: Storage, id: string, stage: number): Promise<void> {
  await storage.durable([
    { sql: 'UPDATE privacy_breaches SET warned_stage = ? WHERE breach_id = ?', params: [stage, id] },
  ])
}

function toBreach(row: Readonly<Record<string, SqlValue>>): Breach {
  return {
    id: String(row.breach_id),
    title: String(row.title),
    happened: String(row.happened),
    openedAt: Number(row.opened_at),
    openedBy: String(row.opened_by),
    noticedAt: Number(row.noticed_at),
    beganAt: Number(row.began_at),
    endedAt: numberOf(row.ended_at),
    notifiedAt: numberOf(row.notified_at),
    closedAt: numberOf(row.closed_at),
    conclusion: row.conclusion === null ? undefined : String(row.conclusion),
    warnedStage: Number(row.warned_stage),
  }
}

function numberOf(value: SqlValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}
