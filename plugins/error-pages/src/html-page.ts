import { createHash } from 'node:crypto'
import { escapeHtml } from './escape-html.ts'
import type { PageFacts } from './page-facts.ts'
import { linesAboutError, linesAboutRequest } from './page-lines.ts'

const STYLE = `
:root { color-scheme: light dark; --ground: #f5f6f8; --card: #fff; --text: #1d2330; --soft: #5a6376; --line: #dfe3ea }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171d; --card: #1c2028; --text: #e6e9ef; --soft: #a0a9b9; --line: #303642 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 1.25rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif }
main { width: 100%; max-width: 34rem; padding: clamp(1.25rem, 5vw, 2.25rem); background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere; text-wrap: pretty }
h1 { margin: 0 0 1rem; font-size: clamp(1.3rem, 4vw, 1.6rem); line-height: 1.25; font-weight: 650; text-wrap: balance }
p { margin: 0 0 .35rem }
h1 + p { margin-bottom: 1rem }
footer { margin-top: 1.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem }
footer > :first-child { color: var(--text) }
main > p:last-child, main > p:has(+ footer), footer > :last-child { margin-bottom: 0 }
`

/** Allows the page its own style and nothing else. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** The page for browsers: words and a little inline style, no script, nothing loaded. */
export function htmlPage(facts: PageFacts): string {
  const { status, language } = facts
  const title = escapeHtml(`${status} ${language.title(status)}`)
  const footer = paragraphs(linesAboutRequest(facts))
  return `<!DOCTYPE html>
<html lang="${language.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${paragraphs(linesAboutError(facts))}
${footer === '' ? '' : `<footer>\n${footer}\n</footer>\n`}</main>
</body>
</html>
`
}

function paragraphs(lines: readonly string[]): string {
  return lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')
}
