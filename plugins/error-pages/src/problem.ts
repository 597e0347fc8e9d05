import { english } from './english.ts'
import type { PageFacts } from './page-facts.ts'

/**
 * The error as RFC 9457 problem details. The title is the status in English and stays the same; the details of the error
 * (sizes in bytes, names of limits) become members of their own.
 */
export function problemBody({ status, language, requestId, retryAfterSeconds, details }: PageFacts): string {
  const message = language.message(status)
  const known = {
    type: 'about:blank',
    title: english.title(status),
    status,
    detail: retryAfterSeconds === undefined ? message : `${message} ${language.tryAgain(retryAfterSeconds)}`,
    ...(requestId === '' ? {} : { instance: requestId, request_id: requestId }),
    ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
  }
  // Twice: what a plugin calls `status` must not replace ours.
  return JSON.stringify({ ...known, ...details, ...known })
}
