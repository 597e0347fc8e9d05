import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { plugin as headers } from '@drawbridge/plugin-headers'
import { echoListener, sendRaw, startBackend, startGateway, type Teardown } from './fixtures.ts'

/** Options of the plugin as somebody writes them. */
export type Raw = Record<string, unknown>

/** A gateway on 127.0.0.1 that believes `X-Forwarded-Proto`, with the plugin before a backend. */
export async function serveWithHeaders(t: Teardown, raw: Raw, listener: RequestListener = echoListener) {
  const seen: string[] = []
  const backend = await startBackend(t, (request, response) => {
    seen.push(`${request.method} ${request.url}`)
    listener(request, response)
  })
  const gateway = await startGateway(t, {
    routes: { 'app.test': backend.url },
    plugins: [[headers, raw]],
    config: { trustedProxies: ['127.0.0.1'] },
  })
  return { ...gateway, seen }
}

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number
  /** `name: value` as they came over the wire, names in lower case. */
  readonly lines: readonly string[]
  readonly body: string
  header(name: string): string | undefined
}

/** Sends one request for `app.test` and reads all of the answer. */
export async function ask(port: number, request: string, lines: readonly string[] = [], body = ''): Promise<Answer> {
  const head = [`${request} HTTP/1.1`, 'Host: app.test', 'Connection: close', ...lines].join('\r\n')
  return readAnswer(await sendRaw(port, `${head}\r\n\r\n${body}`))
}

/** Takes the text of an answer apart. */
export function readAnswer(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [statusLine = '', ...raw] = head.split('\r\n')
  const lines = raw.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
  return {
    status: Number(statusLine.split(' ')[1]),
    lines,
    body: rest.join('\r\n\r\n'),
    header: (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2),
  }
}

/** The headers that reached a backend which echoes them. */
export function reached(answer: Answer): IncomingHttpHeaders {
  return JSON.parse(answer.body.slice(answer.body.indexOf('{'), answer.body.lastIndexOf('}') + 1)).headers
}

/** What makes the gateway believe that the client came over TLS. */
export const HTTPS = 'X-Forwarded-Proto: https'
