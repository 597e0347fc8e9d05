import { readdirSync, readFileSync, statSync } from 'node:fs'

/** Bytes that a configuration file, or a file that it names, may have. */
export const MAX_FILE_BYTES = 1024 * 1024

/** How files are read; tests bring their own. Both throw what `node:fs` throws. */
export interface Readers {
  readFile(path: string): Uint8Array
  /** The names in a folder. */
  readDir(path: string): readonly string[]
}

/** Readers of the real file system. */
export const diskReaders: Readers = {
  readFile(path) {
    // Asked before reading: a device or a pipe would never end, and a huge file need not come into memory.
    const stats = statSync(path)
    if (!stats.isFile())
      throw Object.assign(new Error('not a regular file'), { code: stats.isDirectory() ? 'EISDIR' : 'EINVAL' })
    if (stats.size > MAX_FILE_BYTES) throw Object.assign(new Error('too large'), { code: 'EFBIG' })
    return readFileSync(path)
  },
  readDir: (path) => readdirSync(path),
}

/**
 * A file's text, or why there is none: a code of findings and the rest of a sentence that begins with the file's name.
 */
export type TextResult =
  | { readonly text: string }
  | { readonly text?: never; readonly code: string; readonly problem: string }

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a folder, not a file',
  EINVAL: 'is not a regular file',
  ELOOP: 'is a symbolic link to itself',
}
const TOO_LARGE = { code: 'file-too-large', problem: 'is larger than 1 MiB' }

/** Reads a UTF-8 file of at most `MAX_FILE_BYTES`. */
export function readText(readers: Readers, path: string): TextResult {
  try {
    const bytes = readers.readFile(path)
    if (bytes.byteLength > MAX_FILE_BYTES) return TOO_LARGE
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EFBIG') return TOO_LARGE
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return { code: 'not-utf8', problem: 'is not UTF-8 text: save it as UTF-8' }
    return { code: 'file-unreadable', problem: reasonOf(error) }
  }
}

/** Why the file system refused, as the rest of a sentence: `does not exist`. */
export function reasonOf(error: unknown): string {
  return REASONS[errorCode(error)] ?? `cannot be read (${errorCode(error)})`
}

/** The `code` of a system error, or its name. */
export function errorCode(error: unknown): string {
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.name
  return 'unknown'
}
