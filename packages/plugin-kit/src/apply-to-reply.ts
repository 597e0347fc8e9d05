import type { FastifyReply } from 'fastify'
import type { HeaderEditor } from './header-edits.ts'
import type { RequestRecord } from './request-record.ts'

/** Applies header edits to a reply that Fastify will send. */
export function applyToReply(editor: HeaderEditor, reply: FastifyReply, record: RequestRecord): void {
  const before = reply.getHeaders()
  const flat = toFlat(before)
  editor(flat, record, reply.statusCode)
  const after = toObject(flat)
  for (const name of Object.keys(before)) if (!(name in after)) reply.removeHeader(name)
  for (const [name, value] of Object.entries(after)) {
    // Fastify adds to Set-Cookie instead of replacing it.
    if (name === 'set-cookie') reply.removeHeader(name)
    reply.header(name, value)
  }
}

/** Headers as Node keeps them, as a flat `[name, value, …]` array. */
export function toFlat(headers: Readonly<Record<string, number | string | readonly string[] | undefined>>): string[] {
  const flat: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    for (const single of Array.isArray(value) ? value : [value])
      if (single !== undefined) flat.push(name, String(single))
  }
  return flat
}

/** A flat array as an object by lower-case name; several values of one name become a list. */
export function toObject(flat: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null)
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase()
    const value = flat[i + 1] as string
    const earlier = headers[name]
    headers[name] = earlier === undefined ? value : Array.isArray(earlier) ? [...earlier, value] : [earlier, value]
  }
  return headers
}
