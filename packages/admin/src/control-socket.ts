import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'

/**
 * Listens on a unix socket that only this user can open (mode 0600 in a folder of 0700). A socket file that a killed process left behind is
 * replaced; rejects where somebody listens behind it.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    await listen(server, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !statSync(path).isSocket()) throw error
    if (await isAnswered(path)) throw new Error(`another gateway runs with this data folder: it listens on ${path}`)
    rmSync(path)
    await listen(server, path)
  }
}

/** Binding happens before `listen` returns, so the file never exists with another mode. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const umask = process.umask(0o177)
    try {
      server.listen(path, () => {
        server.off('error', reject)
        chmodSync(path, 0o600)
        resolve()
      })
    } finally {
      process.umask(umask)
    }
  })
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
