import type { RequestRecord } from '@drawbridge/plugin-kit'
import type { onRequestHookHandler } from 'fastify'
import { UnsupportedMediaType } from './errors.ts'

// `application/json`, and the structured suffix of RFC 6839: `application/problem+json`.
const JSON_TYPE = /^(?:application\/json|[\w!#$&^.-]+\/[\w!#$&^.+-]+\+json)[\t ]*(?:;|$)/i

/** Refuses bodies that are not declared as JSON with 415. Requests without a body pass. */
export const requireJson: onRequestHookHandler = (request, _reply, done) => {
  const record = request.gateway
  if (!record.hasBody || isJson(record.rawHeaders)) return done()
  record.note({ by: 'headers', what: 'not-json' })
  done(new UnsupportedMediaType())
}

/** Every Content-Type must say so: a backend might read another one than we do. */
function isJson(rawHeaders: RequestRecord['rawHeaders']): boolean {
  let isDeclared = false
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length !== 12 || name.toLowerCase() !== 'content-type') continue
    if (!JSON_TYPE.test(rawHeaders[i + 1] as string)) return false
    isDeclared = true
  }
  return isDeclared
}
