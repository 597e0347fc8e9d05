import { createHash } from 'node:crypto'

/** Bytes that differ from one id to the next and from one place to the next. */
export function bodyOf(id: number, size: number): Buffer {
  const body = Buffer.alloc(size)
  for (let i = 0; i < size; i += 1) body[i] = (id * 31 + i * 7 + (i >> 8)) & 255
  return body
}

/** The SHA-256 of a body in hexadecimal. */
export function digestOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}
