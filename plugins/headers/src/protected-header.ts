import type { Side } from './entries.ts'

const FRAMING = 'the gateway says itself where a body ends'
const CONNECTION = 'it belongs to a single connection, and the gateway has one on each side'

// RFC 9110 7.6.1, and what two readings of one message would come from.
const BOTH_WAYS = new Map([
  ['content-length', FRAMING],
  ['transfer-encoding', FRAMING],
  ['trailer', FRAMING],
  ['connection', CONNECTION],
  ['proxy-connection', CONNECTION],
  ['te', CONNECTION],
  ['http2-settings', CONNECTION],
  ['keep-alive', `${CONNECTION}; how long connections are kept is set by "timeouts.idle"`],
  ['upgrade', `${CONNECTION}; protocols that a client may upgrade to are listed under "upgrades"`],
])

const ONE_WAY: Readonly<Record<Side, ReadonlyMap<string, string>>> = {
  request: new Map([
    ['host', 'what the backend gets as Host is set by "host_header"'],
    ['via', 'the gateway finds loops by it'],
    ['expect', 'the gateway answers it itself'],
    ['proxy-authorization', 'it is meant for the gateway and goes no further'],
  ]),
  response: new Map([['date', 'the gateway dates an answer if the backend has not']]),
}

/** Why a header (name in lower case) must not be changed, as the end of a sentence; `undefined` when it may be. */
export function whyProtected(side: Side, name: string): string | undefined {
  return BOTH_WAYS.get(name) ?? ONE_WAY[side].get(name)
}
