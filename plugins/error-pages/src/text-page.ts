import type { PageFacts } from './page-facts.ts'
import { linesAboutError, linesAboutRequest } from './page-lines.ts'

/** The page as plain text, for command lines and for programs that ask for nothing in particular. */
export function textPage(facts: PageFacts): string {
  const { status, language } = facts
  const lines = [`${status} ${language.title(status)}`, ...linesAboutError(facts), ...linesAboutRequest(facts)]
  return `${lines.join('\n')}\n`
}
