import { type RequestRecord, type ResponseHead, withDetails } from '@drawbridge/plugin-kit'
import { BodyTooLarge, HeadersTooLarge, TooManyHeaders, UrlTooLong } from './errors.ts'
import type { LimitSet } from './limit-set.ts'

/** Judges a request by its head, and tells the forwarder what to count. Returns the reason to refuse it. */
export function applyLimits(record: RequestRecord, limits: LimitSet): Error | undefined {
  record.requestBodyLimit = limits.requestBody
  record.responseBodyLimit = limits.responseBody
  const { target, headerCount, headerBytes, declaredBodyBytes } = record
  if (target.length > limits.maxUrlBytes)
    return refuse(record, UrlTooLong, { limit: 'max_url', max: limits.maxUrlBytes, size: target.length })
  if (headerCount > limits.maxHeaderCount)
    return refuse(record, TooManyHeaders, { limit: 'max_header_count', max: limits.maxHeaderCount, size: headerCount })
  if (headerBytes > limits.maxHeaderBytes)
    return refuse(record, HeadersTooLarge, {
      limit: 'max_request_headers',
      max: limits.maxHeaderBytes,
      size: headerBytes,
    })
  const { maxBytes } = limits.requestBody
  if (declaredBodyBytes > maxBytes)
    return refuse(record, BodyTooLarge, { limit: 'max_request_body', max: maxBytes, size: declaredBodyBytes })
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

/** What was passed, and by what. */
type Excess = Readonly<{ limit: string; max: number; size: number }>

function refuse(record: RequestRecord, Refusal: new (size: number, max: number) => Error, excess: Excess): Error {
  record.note({ by: 'limits', what: 'refused', facts: excess })
  const { limit, max, size } = excess
  // Pages show sizes; how many headers there were is no size.
  const details =
    limit === 'max_header_count' ? { max_count: max, request_count: size } : { max_size: max, request_size: size }
  return withDetails(new Refusal(size, max), details)
}
