import { createHash, randomBytes, randomInt } from 'node:crypto'

/** Without letters and digits that look alike. */
const LETTERS = 'ABCDEFGHJKMNPQRSTVWXYZ23456789'

/** 256 random bits as text for programs: cookies, API tokens. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url')
}

/** A random secret for people to type, groups of four: about 4.9 bits a letter. */
export function randomCode(groups: number): string {
  const group = () => Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return Array.from({ length: groups }, group).join('-')
}

/** What is stored of a random secret. They have so much entropy that a fast hash suffices, and looking one up by it leaks no timing. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** A typed code as `randomCode` made it: case, spaces and dashes are forgiven. */
export function normaliseCode(typed: string): string {
  const letters = typed.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')
  return letters.match(/.{1,4}/g)?.join('-') ?? ''
}
