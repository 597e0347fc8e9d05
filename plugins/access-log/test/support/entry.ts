import type { RequestEntry } from '@drawbridge/plugin-kit'

/** The end of the entry's request: 2026-11-22 18:00:00.500 UTC. */
export const END = Date.UTC(2026, 10, 22, 18, 0, 0, 500)

/** A finished request as a log gets it. */
export function makeEntry(fields: Partial<RequestEntry> = {}): RequestEntry {
  return {
    time: END - 30.25,
    requestId: '019ab3c4-5d6e-7f80-9abc-000000000001',
    routeId: 1,
    routeHost: 'panel.test',
    host: 'panel.test',
    method: 'GET',
    path: '/api/servers/7',
    query: '',
    httpVersion: '1.1',
    scheme: 'https',
    status: 200,
    durationMs: 30.25,
    waitMs: 20.5,
    requestBytes: 0,
    responseBytes: 1234,
    client: '203.0.113.xxx',
    clientAddress: '203.0.113.0',
    pseudonym: 'AbCdEfGhIjKlMnOp',
    country: '',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    referrer: '',
    attempts: 1,
    backend: 'http://10.0.0.5:8080',
    cause: '',
    isAborted: false,
    upgrade: '',
    decisions: undefined,
    ...fields,
  }
}
