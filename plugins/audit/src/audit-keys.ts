import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
const ID_LENGTH = 16

/** A place of the chain, signed. */
export interface Checkpoint {
  readonly sequence: number
  readonly time_ms: number
  readonly hash: string
  /** Which key signed it: the beginning of the public key's SHA-256. */
  readonly key_id: string
  /** Ed25519, base64. */
  readonly signature: string
}

/** The one key of the audit log, which is in no database: it signs checkpoints, and what encrypts old configurations is derived from it. */
export interface AuditKeys {
  readonly keyId: string
  /** PEM, for verifiers outside. */
  readonly publicKey: string
  signCheckpoint(point: Pick<Checkpoint, 'sequence' | 'time_ms' | 'hash'>): Checkpoint
  isSignedHere(checkpoint: Checkpoint): boolean
  /** Tells contents apart without being guessable. */
  fingerprint(text: string): string
  /** AES-256-GCM; `context` must be the same for `decrypt`. */
  encrypt(content: Uint8Array, context: string): Buffer
  /** Throws an Error for what was not encrypted here, or was changed. */
  decrypt(content: Uint8Array, context: string): Buffer
}

/** Reads the key of the file, or makes it (0600) where there is none. Throws where neither is possible. */
export function readAuditKeys(file: string): AuditKeys {
  const privateKey = readPrivateKey(file)
  const publicKey = createPublicKey(privateKey)
  const keyId = hash('sha256', publicKey.export({ type: 'spki', format: 'der' })).slice(0, ID_LENGTH)
  const cipherKey = deriveKey(privateKey, 'configuration versions')
  const fingerprintKey = deriveKey(privateKey, 'fingerprints')
  return {
    keyId,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    signCheckpoint: (point) => ({
      sequence: point.sequence,
      time_ms: point.time_ms,
      hash: point.hash,
      key_id: keyId,
      signature: sign(null, signedText(point), privateKey).toString('base64'),
    }),
    isSignedHere: (checkpoint) => checkpoint.key_id === keyId && isSigned(checkpoint, publicKey),
    fingerprint: (text) => createHmac('sha256', fingerprintKey).update(text).digest('hex'),
    encrypt: (content, context) => encrypt(cipherKey, content, context),
    decrypt: (content, context) => decrypt(cipherKey, content, context),
  }
}

function isSigned(checkpoint: Checkpoint, publicKey: KeyObject): boolean {
  const signature = Buffer.from(checkpoint.signature, 'base64')
  // Base64 has bits that mean nothing: a signature has one spelling, or a flipped bit would go unnoticed.
  return (
    signature.toString('base64') === checkpoint.signature && verify(null, signedText(checkpoint), publicKey, signature)
  )
}

/** What is signed: a JSON array. */
function signedText({ sequence, time_ms, hash: link }: Pick<Checkpoint, 'sequence' | 'time_ms' | 'hash'>): Buffer {
  return Buffer.from(JSON.stringify(['checkpoint', sequence, time_ms, link]))
}

function readPrivateKey(file: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new Error(`the key of the audit log, ${file}, cannot be read`, { cause: error })
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    writeSync(descriptor, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    // A key lost with the power would make every checkpoint a false alarm.
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return privateKey
}

function deriveKey(privateKey: KeyObject, purpose: string): Buffer {
  const seed = privateKey.export({ type: 'pkcs8', format: 'der' })
  return Buffer.from(hkdfSync('sha256', seed, '', `drawbridge audit: ${purpose}`, KEY_BYTES))
}

function encrypt(key: Buffer, content: Uint8Array, context: string): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
  return Buffer.concat([iv, cipher.update(content), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, content: Uint8Array, context: string): Buffer {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const tagAt = bytes.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(tagAt))
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, tagAt)), decipher.final()])
}
