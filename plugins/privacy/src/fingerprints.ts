import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const KEY_BYTES = 32
const LENGTH = 24

/** Makes the fingerprints by which receipts and audit entries name a subject. */
export interface Fingerprints {
  /** The same for the same subject, and of no use to whoever has no key: 24 characters of hexadecimal. */
  of(canonical: string): string
}

/** Fingerprints with a key of the installation, made at the first use and kept in this file. */
export function createFingerprints(file: string): Fingerprints {
  let key: KeyObject | undefined
  return {
    of(canonical) {
      key ??= readOrMakeKey(file)
      return createHmac('sha256', key).update(canonical).digest('hex').slice(0, LENGTH)
    },
  }
}

function readOrMakeKey(file: string): KeyObject {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 })
    chmodSync(file, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return createSecretKey(readFileSync(file))
}
