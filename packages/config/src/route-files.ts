import path from 'node:path'
import { type Readers, reasonOf } from './read-file.ts'

/**
 * The route files in a folder, sorted by name. Hidden files are left out: editors and Kubernetes put theirs there.
 * Throws what `readDir` throws.
 */
export function listRouteFiles(readers: Readers, folder: string): string[] {
  return namesIn(readers, folder, /^[^.].*\.ya?ml$/i)
}

/**
 * The files that an `include` entry means: a folder's route files, the files that match `folder/*.yaml`, or one file.
 */
export function expandInclude(
  readers: Readers,
  entry: string,
): { readonly files: readonly string[] } | { readonly problem: string } {
  const name = path.basename(entry)
  const folder = path.dirname(entry)
  try {
    if (folder.includes('*')) return { problem: `${entry}: a * is possible in the name of the file only` }
    if (name.includes('*')) return { files: namesIn(readers, folder, toPattern(name)) }
    return { files: listRouteFiles(readers, entry) }
  } catch (error) {
    const isFile = error instanceof Error && 'code' in error && error.code === 'ENOTDIR'
    return isFile ? { files: [entry] } : { problem: `${name.includes('*') ? folder : entry} ${reasonOf(error)}` }
  }
}

function namesIn(readers: Readers, folder: string, pattern: RegExp): string[] {
  const names = readers.readDir(folder).filter((name) => pattern.test(name))
  return names.sort().map((name) => path.join(folder, name))
}

/** `*.yaml` as a regular expression; runs of stars are one, so that matching stays linear enough for file names. */
function toPattern(name: string): RegExp {
  const parts = name.split(/\*+/).map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^(?!\\.)${parts.join('[^/]*')}$`)
}
