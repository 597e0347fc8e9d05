import { headerValue, type RequestRecord, type ResponseHead } from '@drawbridge/plugin-kit'

const eventStreams = new WeakSet<RequestRecord>()

/** Remembers answers that are meant to last (`text/event-stream`). Claims no body: it only looks on. */
export function noteEventStream(head: ResponseHead, record: RequestRecord): false {
  const type = headerValue(head.headers, 'content-type')
  if (type !== undefined && /^\s*text\/event-stream\b/i.test(type)) eventStreams.add(record)
  return false
}

/** Whether the answer to a request turned out to be an event stream. */
export function isEventStream(record: RequestRecord): boolean {
  return eventStreams.has(record)
}
