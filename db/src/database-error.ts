import { dirname } from 'node:path'

/** What went wrong, for programs; the message says it for people. */
export type DatabaseErrorCode =
  | 'DRAWBRIDGE_DB_CANNOT_OPEN'
  | 'DRAWBRIDGE_DB_NOT_A_DATABASE'
  | 'DRAWBRIDGE_DB_CORRUPT'
  | 'DRAWBRIDGE_DB_MIGRATION'
  | 'DRAWBRIDGE_DB_WRITE'
  | 'DRAWBRIDGE_DB_QUERY'
  | 'DRAWBRIDGE_DB_QUERY_TIMEOUT'
  | 'DRAWBRIDGE_DB_BUSY'
  | 'DRAWBRIDGE_DB_CLOSED'
  | 'DRAWBRIDGE_DB_UNAVAILABLE'

/** Every error of this package: the message names the file or the statement, the cause and what to do; `cause` is the driver's error. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly code: DatabaseErrorCode

  constructor(code: DatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** An error's code and message in a form that survives the way between threads and processes (a cloned error loses its code). */
export interface PlainError {
  readonly code: string
  readonly message: string
}

/** The plain form of anything thrown. */
export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) }
  return { code: errorCode(error) ?? error.name, message: error.message }
}

/** Errors of one row or statement; whatever else goes wrong (disk full, locked, damaged) concerns the whole file. */
const ROW_ERROR = /^(TypeError|RangeError|SQLITE_(ERROR|CONSTRAINT|MISMATCH|TOOBIG|RANGE).*)$/

/** Whether an error concerns one row or statement alone. */
export function isRowError(error: unknown): boolean {
  return ROW_ERROR.test(toPlainError(error).code)
}

/** The error again from its plain form, with its code as a property. */
export function fromPlainError({ code, message }: PlainError): Error {
  return Object.assign(new Error(message), { code })
}

/** An opening error in words: file, cause and what to do. */
export function describeOpenError(file: string, error: unknown): DatabaseError {
  const known = findText(error)
  const text = `Cannot open the database ${file}: ${describeCause(file, error)}`
  return new DatabaseError(known?.errorCode ?? 'DRAWBRIDGE_DB_CANNOT_OPEN', text, { cause: error })
}

/** Why a file cannot be used, and what to do, in two sentences. */
export function describeCause(file: string, error: unknown): string {
  const known = findText(error)
  return `${known?.cause ?? toPlainError(error).message}. ${known?.remedy(file) ?? 'Check the path and the disk.'}`
}

function findText(error: unknown): OpenErrorText | undefined {
  const { code } = toPlainError(error)
  return openErrors.find(({ codes }) => codes.test(code))
}

interface OpenErrorText {
  readonly codes: RegExp
  readonly cause: string
  readonly remedy: (file: string) => string
  readonly errorCode?: DatabaseErrorCode
}

const restore = 'restore a backup, or move the file away: a new one is made at the next start'

const openErrors: readonly OpenErrorText[] = [
  { codes: /^EISDIR$/, cause: 'it is a folder', remedy: () => 'Give the path of a file.' },
  {
    codes: /^(ENOENT|ENOTDIR)$/,
    cause: 'its folder does not exist',
    remedy: (file) => `Create ${dirname(file)}, or change the path.`,
  },
  {
    codes: /^(EACCES|EPERM|EROFS|SQLITE_READONLY|SQLITE_PERM)/,
    cause: 'this user may not write there',
    remedy: (file) => `Give the user that runs the gateway write access to ${dirname(file)} and all files in it.`,
  },
  { codes: /^SQLITE_CANTOPEN/, cause: 'it is missing or may not be read', remedy: () => 'Check the path.' },
  { codes: /^(ENOSPC|EDQUOT|SQLITE_FULL)$/, cause: 'the disk is full', remedy: () => 'Free some space.' },
  {
    codes: /^SQLITE_(BUSY|LOCKED)/,
    cause: 'another process holds it',
    remedy: () => 'Stop the other process (a second gateway, a backup, an sqlite3 shell).',
  },
  {
    codes: /^SQLITE_NOTADB/,
    cause: 'it is not an SQLite database',
    remedy: () => `Check the path; if it is right, ${restore}.`,
    errorCode: 'DRAWBRIDGE_DB_NOT_A_DATABASE',
  },
  {
    codes: /^SQLITE_CORRUPT/,
    cause: 'it is damaged',
    remedy: () => `Stop the gateway and ${restore}.`,
    errorCode: 'DRAWBRIDGE_DB_CORRUPT',
  },
]

function errorCode(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
