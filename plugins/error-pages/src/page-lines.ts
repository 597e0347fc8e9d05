import { describeSizes, type PageFacts } from './page-facts.ts'

/** What happened and what to do, in sentences. */
export function linesAboutError(facts: PageFacts): string[] {
  const { status, language, retryAfterSeconds } = facts
  const sizes = describeSizes(facts)
  const lines = [language.message(status)]
  if (sizes !== undefined) lines.push(`${language.maxSize}: ${sizes.max}`, `${language.requestSize}: ${sizes.request}`)
  if (retryAfterSeconds !== undefined) lines.push(language.tryAgain(retryAfterSeconds))
  return lines
}

/** Which request it was, and whom to tell. Empty when neither is known. */
export function linesAboutRequest({ language, requestId, contact }: PageFacts): string[] {
  const lines = requestId === '' ? [] : [`${language.requestId}: ${requestId}`, language.reportId]
  return contact === '' ? lines : [...lines, `${language.contact}: ${contact}`]
}
