import { request } from 'node:http'
import { userInfo } from 'node:os'
import type { ApiCall } from '@drawbridge/plugin-kit'

const TIMEOUT_MS = 600_000

/** The admin API's answer to a command. */
export interface ApiAnswer {
  readonly status: number
  /** Parsed JSON, or the text where it is none. */
  readonly body: unknown
}

/** Calls the admin API of a running gateway over its control socket. Resolves to `undefined` where no gateway listens; rejects for other failures. */
export function callOverSocket(socketPath: string, { method, path, body }: ApiCall): Promise<ApiAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const headers = {
      host: 'localhost',
      'x-drawbridge-user': userInfo().username,
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    }
    const call = request({ socketPath, method, path, headers, timeout: TIMEOUT_MS }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: parse(text) }))
      answer.on('error', reject)
    })
    call.on('timeout', () => call.destroy(new Error('the gateway does not answer')))
    call.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined)
      else reject(error)
    })
    call.end(payload)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
