import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type Clock, systemClock } from '@drawbridge/plugin-kit'
import { createChangeDetector } from './change-detector.ts'
import { discover } from './discover.ts'
import { createLoadContext } from './load-context.ts'
import { diskReaders, errorCode } from './read-file.ts'

/** What to watch, and whom to tell. */
export interface WatchOptions {
  /** As for `loadConfig`. */
  readonly file: string
  /** Called once per settled change of the configuration's contents. */
  onChange(): void
  /** Further files that count, such as `LoadResult.files` of the latest load: certificates and secrets. */
  readonly files?: () => readonly string[]
  /** Milliseconds between looks at the contents. Single files mounted into a container never fire an event. */
  readonly pollMs?: number
  /** Milliseconds of quiet after which a change counts as settled. */
  readonly debounceMs?: number
  readonly clock?: Clock
}

/** A running watch. */
export interface ConfigWatch {
  close(): Promise<void>
}

interface Watched {
  readonly folders: readonly string[]
  readonly files: readonly string[]
}

/**
 * Watches the folders of the configuration, and compares its contents from time to time. Keeps no process alive.
 * Resolves once it is watching.
 */
export async function watchConfig(options: WatchOptions): Promise<ConfigWatch> {
  const { file, onChange, files = () => [], pollMs = 5000, debounceMs = 200, clock = systemClock } = options
  const { watch } = await import('chokidar')
  // Folders, because editors and Kubernetes replace files, and a watch on a replaced file watches nothing.
  let folders = watchedBy(file).folders
  const watcher = watch([...folders], { depth: 0, ignoreInitial: true, persistent: false })
  // No event comes from a folder that cannot be watched (the limit of inotify, some network mounts); the poll goes on.
  watcher.on('error', () => {})
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
  const fingerprint = async () => {
    const watched = watchedBy(file)
    // A folder that is gone is let go, so that it is watched anew when it comes back.
    watcher.unwatch(folders.filter((folder) => !watched.folders.includes(folder)))
    const added = watched.folders.filter((folder) => !folders.includes(folder))
    folders = watched.folders
    watcher.add(added)
    // What changes there before the watch has begun fires no event: look once more.
    if (added.length > 0) setImmediate(() => detector.poke())
    return hashFiles([...watched.files, ...files()])
  }
  const detector = await createChangeDetector({ clock, pollMs, debounceMs, onChange, fingerprint })
  watcher.on('all', (_event, changed) => {
    if (isOfInterest(changed) || path.resolve(changed) === path.resolve(file)) detector.poke()
  })
  return {
    async close() {
      detector.close()
      await watcher.close()
    },
  }
}

/** A log written beside the configuration must not keep it from settling. */
function isOfInterest(file: string): boolean {
  const name = path.basename(file)
  // Kubernetes exchanges a whole ConfigMap by moving the link `..data`.
  return /\.ya?ml$/i.test(name) || name.startsWith('..') || !name.includes('.')
}

function watchedBy(file: string): Watched {
  const context = createLoadContext({ readers: diskReaders, env: process.env })
  const found = discover(context, file)
  const files = [found.file, ...found.routeFiles.map((route) => route.file)].map((name) => path.resolve(name))
  const folders = [...files.map((name) => path.dirname(name)), path.resolve(found.routesFolder)]
  return { folders: [...new Set(folders)].filter((folder) => existsSync(folder)), files: [...files, ...context.files] }
}

/** Synchronous: 500 small files take 10 ms this way and more than 100 through the thread pool, which a change would wait for. */
function hashFiles(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of [...new Set(files)].sort()) {
    hash.update(file).update('\0')
    try {
      hash.update(readFileSync(file))
    } catch (error) {
      hash.update(errorCode(error))
    }
    hash.update('\0')
  }
  return hash.digest('base64url')
}
