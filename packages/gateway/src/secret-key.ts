import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const KEY_BYTES = 32

/** The random key in a file of its own, made where there is none. Where it can be neither read nor made it lasts as long as the process. */
export function readSecretKey(file: string): Buffer {
  try {
    return Buffer.from(readFileSync(file, 'utf8'), 'base64')
  } catch {
    return makeKey(file)
  }
}

function makeKey(file: string): Buffer {
  const key = randomBytes(KEY_BYTES)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    // `wx`: another process may have made it meanwhile; its key is then the one that lasts.
    writeFileSync(file, key.toString('base64'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return Buffer.from(readFileSync(file, 'utf8'), 'base64')
  }
  return key
}
