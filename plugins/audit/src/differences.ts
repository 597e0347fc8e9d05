import { createTwoFilesPatch } from 'diff'
import microdiff from 'microdiff'

/** Texts further apart than this have nothing to do with each other, and finding their difference would take long. */
const MAX_EDITS = 2_000
const MAX_CHANGES = 1_000

/** A value that is not what it was. */
export interface Change {
  readonly type: 'CREATE' | 'REMOVE' | 'CHANGE'
  /** Keys and indexes on the way to it. */
  readonly path: readonly (string | number)[]
  readonly before: unknown
  readonly after: unknown
}

/** What changed between two JSON texts, value by value; null where one of them is no JSON, and of more than 1,000 the first. */
export function findChanges(before: string | null, after: string | null): Change[] | null {
  try {
    const [old, now] = [before, after].map((text) => ({ value: text === null ? undefined : JSON.parse(text) }))
    return microdiff(old ?? {}, now ?? {})
      .slice(0, MAX_CHANGES)
      .map((change) => ({
        type: change.type,
        path: change.path.slice(1),
        before: 'oldValue' in change ? change.oldValue : null,
        after: 'value' in change ? change.value : null,
      }))
  } catch {
    return null
  }
}

/** A unified diff of two JSON texts, laid out; null where they are too far apart. */
export function unifiedDiff(before: string | null, after: string | null): string | null {
  if (before === after) return ''
  const options = { context: 3, maxEditLength: MAX_EDITS }
  return createTwoFilesPatch('before', 'after', layOut(before), layOut(after), '', '', options) ?? null
}

function layOut(text: string | null): string {
  if (text === null) return ''
  try {
    return `${JSON.stringify(JSON.parse(text), null, 2)}\n`
  } catch {
    return `${text}\n`
  }
}
