import { randomUUIDv7 } from 'node:crypto'
import type { RequestRecord } from '@drawbridge/plugin-kit'
import { joinedHeader } from './joined-header.ts'
import type { TracingOptions } from './options.ts'

const MIN_LENGTH = 8
const MAX_LENGTH = 128
const ALLOWED = new Uint8Array(256)
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-')
  ALLOWED[character.charCodeAt(0)] = 1

/** Decides the id of requests: the one a trusted proxy gave, if it is fit for logs and headers, else a new UUIDv7. */
export function createIdentifier(options: TracingOptions): (record: RequestRecord) => void {
  const name = options.header.toLowerCase()
  return (record) => {
    const sent = joinedHeader(record.rawHeaders, name)
    if (sent === '') {
      record.requestId = randomUUIDv7()
      return
    }
    const isAccepted = options.accept_from_trusted && record.isTrustedPeer
    if (isAccepted && isRequestId(sent)) {
      record.requestId = sent
      return
    }
    record.requestId = randomUUIDv7()
    // What was sent is not repeated: it may be anything.
    record.note({
      by: 'tracing',
      what: 'request-id-replaced',
      facts: { reason: isAccepted ? 'malformed' : 'untrusted' },
    })
  }
}

/** 8 to 128 of `A-Z a-z 0-9 . _ -`: nothing that means something to a log, a header or a page. */
export function isRequestId(text: string): boolean {
  if (text.length < MIN_LENGTH || text.length > MAX_LENGTH) return false
  for (let i = 0; i < text.length; i += 1) if (ALLOWED[text.charCodeAt(i)] !== 1) return false
  return true
}
