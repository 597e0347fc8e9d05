import { PassThrough, type Readable } from 'node:stream'
import type { HeaderEdit, RequestRecord } from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import { findLogin, type LoginSignature } from './login-signature.ts'
import { noteNoLogin } from './login-watch.ts'

const SCANNED_BYTES = 65_536

/** The login whose refusal must be read to know whether it is one. */
export function loginToRead(
  logins: readonly LoginSignature[],
  status: number,
  record: RequestRecord,
): LoginSignature | undefined {
  const login = findLogin(logins, record)
  return login?.options.ignore_answer !== undefined && login.failures.has(status) ? login : undefined
}

/** Asks the backend not to compress the answer of a login whose refusal must be read: without the header it might (RFC 9110 12.5.3). */
export function plainRefusals(logins: readonly LoginSignature[]): readonly HeaderEdit[] {
  if (logins.every((login) => login.options.ignore_answer === undefined)) return []
  const when = (record: RequestRecord) => findLogin(logins, record)?.options.ignore_answer !== undefined
  return [{ operation: 'set', name: 'accept-encoding', value: 'identity', when }]
}

/** Reads along the refusals of logins: some tell in their text that the password was right. */
export function addAnswerScan(app: FastifyInstance, logins: readonly LoginSignature[]): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const record = request.gateway
    const login = record.answeredAt === 0 ? undefined : loginToRead(logins, reply.statusCode, record)
    if (login === undefined || !isStream(payload)) return done()
    done(
      null,
      scan(payload, () => noteNoLogin(record), login.options.ignore_answer ?? ''),
    )
  })
}

function isStream(payload: unknown): payload is Readable {
  return typeof (payload as Readable | null)?.pipe === 'function'
}

/** The same bytes; `onFound` is called once, where the text is among the first of them. */
function scan(source: Readable, onFound: () => void, text: string): Readable {
  const passed = new PassThrough()
  let seen = ''
  let isOver = false
  source.on('data', (chunk: Buffer) => {
    if (isOver) return
    seen += chunk.toString('latin1')
    const isFound = seen.includes(text)
    if (isFound) onFound()
    isOver = isFound || seen.length > SCANNED_BYTES
  })
  source.on('error', (error) => passed.destroy(error))
  passed.on('error', () => source.destroy())
  return source.pipe(passed)
}
