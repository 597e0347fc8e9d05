import path from 'node:path'
import type { Readers } from '../../src/index.ts'

/** Readers of files that exist only in the test: text by path, relative to the working directory. */
export function memoryReaders(files: Readonly<Record<string, string | Uint8Array>>): Readers {
  const contents = new Map(Object.entries(files).map(([file, content]) => [path.resolve(file), content]))
  return {
    readFile(file) {
      const content = contents.get(path.resolve(file))
      if (content === undefined) throw systemError(isFolder(file) ? 'EISDIR' : 'ENOENT')
      return typeof content === 'string' ? new TextEncoder().encode(content) : content
    },
    readDir(folder) {
      const absolute = path.resolve(folder)
      if (contents.has(absolute)) throw systemError('ENOTDIR')
      if (!isFolder(folder)) throw systemError('ENOENT')
      const inside = [...contents.keys()].filter((file) => file.startsWith(`${absolute}/`))
      return [...new Set(inside.map((file) => file.slice(absolute.length + 1).split('/')[0] ?? ''))]
    },
  }

  function isFolder(folder: string): boolean {
    return [...contents.keys()].some((file) => file.startsWith(`${path.resolve(folder)}/`))
  }
}

/** An error as the file system throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}
