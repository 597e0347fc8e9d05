import type { Storage } from '@drawbridge/plugin-kit'

/** A table as it is in the database. */
export interface TableShape {
  readonly columns: readonly string[]
  /** What tells its rows apart: `rowid`, or the primary key of a table without one. */
  readonly keys: readonly string[]
  readonly hasRowid: boolean
}

/** Looks a table up; `undefined` where the database has none of this name (a view is none either). */
export async function readShape(storage: Storage, table: string): Promise<TableShape | undefined> {
  const [[entry], columns] = await Promise.all([
    storage.all(`SELECT wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name = ?`, [table]),
    storage.all('SELECT name, pk FROM pragma_table_info(?)', [table]),
  ])
  if (entry === undefined) return undefined
  const hasRowid = entry.wr === 0
  const primary = columns.filter(({ pk }) => Number(pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk))
  return {
    columns: columns.map(({ name }) => String(name)),
    keys: hasRowid ? ['rowid'] : primary.map(({ name }) => String(name)),
    hasRowid,
  }
}
