import type { DetailedError, PublicDetails } from '@drawbridge/plugin-kit'
import type { Language } from './language.ts'

/** What is known about an error and may be shown. */
export interface PageFacts {
  readonly status: number
  readonly language: Language
  /** Empty without the tracing plugin. */
  readonly requestId: string
  /** The route's own name, never what a client wrote; empty for unknown hosts. */
  readonly routeHost: string
  readonly contact: string
  /** What `Retry-After` says; undefined without one, or when it is a date. */
  readonly retryAfterSeconds: number | undefined
  readonly details: PublicDetails
}

/** Two sizes to compare, in words. */
export interface SizeWords {
  readonly max: string
  readonly request: string
}

/** Whether an error was thrown on purpose, as the answer to a request. Any other is a fault. */
export function isRefusal(error: DetailedError): error is DetailedError & { readonly statusCode: number } {
  const { statusCode } = error
  return statusCode !== undefined && statusCode >= 400 && statusCode <= 599
}

/** What an error tells the client. Of a fault nothing: its `details` were never meant for anybody. */
export function readError(error: DetailedError): Pick<PageFacts, 'status' | 'details'> {
  return isRefusal(error) ? { status: error.statusCode, details: error.details ?? {} } : { status: 500, details: {} }
}

/** The limit an error speaks of and what the request had. `undefined` when it is not about sizes. */
export function describeSizes({ details, language }: PageFacts): SizeWords | undefined {
  const { max_size: max, request_size: request } = details
  if (typeof max !== 'number') return undefined
  // A streamed body is not read to its end: only that it is larger is known.
  if (typeof request !== 'number') return { max: language.size(max), request: language.moreThan(language.size(max)) }
  // One byte too much must not read "10 MB of 10 MB".
  const isClose = language.size(max) === language.size(request)
  const format = isClose ? language.exactSize : language.size
  return { max: format(max), request: format(request) }
}
