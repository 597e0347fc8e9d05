import { type RequestRecord, type ResponseHead, withDetails } from '@drawbridge/plugin-kit'
import { BodyTooLarge, HeadersTooLarge, TooManyHeaders, UrlTooLong } from './errors.ts'
import type { LimitSet } from './limit-set.ts'

/** Judges a request by its head, and tells the forwarder what to count. Returns the reason to refuse it. */
export function applyLimits(record: RequestRecord, limits: LimitSet): Error | undefined {
  record.requestBodyLimit = limits.requestBody
  record.responseBodyLimit = limits.responseBody
  if (record.target.length > limits.maxUrlBytes) return refuseUrl(record, limits.maxUrlBytes)
  if (record.headerCount > limits.maxHeaderCount) return refuseHeaderCount(record, limits.maxHeaderCount)
  if (record.headerBytes > limits.maxHeaderBytes) return refuseHeaders(record, limits.maxHeaderBytes)
  if (record.declaredBodyBytes > limits.requestBody.maxBytes) return refuseBody(record, limits.requestBody.maxBytes)
  return undefined
}

/** The error to answer with instead of a response that declares a body over the limit. */
export function refuseResponse(head: ResponseHead, record: RequestRecord): Error | undefined {
  const limit = record.responseBodyLimit
  if (limit === undefined || head.contentLength <= limit.maxBytes) return undefined
  // RFC 9110 8.6: here the length is that of a body that does not come.
  if (record.method === 'HEAD' || head.status === 304) return undefined
  return limit.error(head.contentLength)
}

function refuseUrl(record: RequestRecord, max: number): Error {
  const size = record.target.length
  note(record, { limit: 'max_url', max, size })
  return withDetails(new UrlTooLong(size, max), { max_size: max, request_size: size })
}

function refuseHeaderCount(record: RequestRecord, max: number): Error {
  const size = record.headerCount
  note(record, { limit: 'max_header_count', max, size })
  return withDetails(new TooManyHeaders(size, max), { max_count: max, request_count: size })
}

function refuseHeaders(record: RequestRecord, max: number): Error {
  const size = record.headerBytes
  note(record, { limit: 'max_request_headers', max, size })
  return withDetails(new HeadersTooLarge(size, max), { max_size: max, request_size: size })
}

function refuseBody(record: RequestRecord, max: number): Error {
  const size = record.declaredBodyBytes
  note(record, { limit: 'max_request_body', max, size })
  return withDetails(new BodyTooLarge(String(size), max), { max_size: max, request_size: size })
}

function note(record: RequestRecord, facts: { limit: string; max: number; size: number }): void {
  record.note({ by: 'limits', what: 'refused', facts })
}
