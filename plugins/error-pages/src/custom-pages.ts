import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Problem } from '@drawbridge/plugin-kit'
import { compilePage, type PageTemplate } from './page-template.ts'

const MAX_BYTES = 256 * 1024

/** The pages of a route that come from files, by status (`404`) or class (`4xx`). */
export type CustomPages = ReadonlyMap<string, PageTemplate>

/** Reads and compiles the files of `pages`. What cannot be used is in `problems`, with its path in the options. */
export function loadPages(files: Readonly<Record<string, string>>): {
  readonly pages: CustomPages
  readonly problems: readonly Problem[]
} {
  const pages = new Map<string, PageTemplate>()
  const problems: Problem[] = []
  for (const [status, file] of Object.entries(files)) {
    try {
      pages.set(status, compilePage(readPage(resolve(file))))
    } catch (error) {
      const message = `the page ${resolve(file)} cannot be used: ${reasonOf(error as NodeJS.ErrnoException)}`
      problems.push({ severity: 'error', code: 'bad-page', path: ['pages', status], message })
    }
  }
  return { pages, problems }
}

/** The page for a status: its own, else that of its class. */
export function findPage(pages: CustomPages, status: number): PageTemplate | undefined {
  return pages.get(String(status)) ?? pages.get(`${Math.floor(status / 100)}xx`)
}

function readPage(file: string): string {
  const stat = statSync(file)
  if (!stat.isFile()) throw new Error('it is not a file')
  if (stat.size > MAX_BYTES) throw new Error(`it has ${stat.size} bytes, at most ${MAX_BYTES} are read`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    if (error instanceof TypeError) throw new Error('it is not UTF-8', { cause: error })
    throw error
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file'
  return code === 'EACCES' ? 'it may not be read' : message
}
