import createError from '@fastify/error'
import { type TObject, type TSchema, Type } from 'typebox'
import type { Actor, AuditSource } from './audit-trail.ts'

/** What an account may do; each includes the ones before. */
export const ROLES = ['viewer', 'operator', 'admin'] as const

/** One of `ROLES`: `viewer` reads masked data, `operator` also acts (bans, maintenance, test sends), `admin` everything. */
export type Role = (typeof ROLES)[number]

/** Who sent a request to the admin API, once it is let in. */
export interface Caller extends Actor {
  readonly role: Role
  readonly source: AuditSource
  /** The caller's address in full; never shown. */
  readonly address: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every request to the admin API that needs a role. */
    caller: Caller
  }
  /** As @fastify/swagger declares them: what the API's description says of an endpoint. */
  interface FastifySchema {
    summary?: string
    tags?: readonly string[]
  }
  interface FastifyContextConfig {
    /** Who may call this endpoint of the admin API. Every endpoint of a plugin must say it. */
    role?: Role
    /** Needs a password entered within the last minutes, a token made for it, or the control socket. */
    isSensitive?: boolean
  }
}

const MAX_LIMIT = 200

/** `limit` and `cursor` of every list, with the list's own filters. A closed object. */
export function listQuery<P extends Record<string, TSchema>>(filters: P) {
  return Type.Object(
    {
      limit: Type.Integer({ description: 'Entries per page.', default: 50, minimum: 1, maximum: MAX_LIMIT }),
      cursor: Type.Optional(Type.String({ description: '`next_cursor` of the page before.', maxLength: 200 })),
      ...filters,
    },
    { additionalProperties: false },
  )
}

/** The answer of a list: `{ <plural>: […], next_cursor }`. */
export function listAnswer<S extends TObject>(plural: string, item: S) {
  return Type.Object({
    [plural]: Type.Array(item),
    next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'For the next page; null on the last one.' }),
  })
}

/** A page of rows, from one row more than fits: `{ <plural>, next_cursor }`. The cursor is made from the last row shown. */
export function toPage<T>(
  plural: string,
  rows: readonly T[],
  page: { limit: number; keyOf(row: T): readonly (string | number)[] },
) {
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const cursor = rows.length > page.limit && last !== undefined ? encodeCursor(page.keyOf(last)) : null
  return { [plural]: shown, next_cursor: cursor }
}

/** An opaque text for the place in a list behind the row with this key. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

const BadCursor = createError(
  'DRAWBRIDGE_API_BAD_CURSOR',
  'The cursor is not one that this list gave out: leave it away to start again.',
  400,
)

/** The key in a cursor: `length` texts or numbers. Throws an error with status 400 for anything else. */
export function decodeCursor(cursor: string, length: number): (string | number)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const isKey =
      Array.isArray(key) &&
      key.length === length &&
      key.every((part) => typeof part === 'string' || Number.isFinite(part))
    if (isKey) return key as (string | number)[]
  } catch {
    // Not ours: the error below says so.
  }
  throw new BadCursor()
}
