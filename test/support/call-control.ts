import { request } from 'node:http'
import { join } from 'node:path'

/** Calls the admin API of a running gateway over the control socket in its data folder. Rejects for anything but a 2xx. */
export function callControl<T>(dataFolder: string, method: string, path: string, body?: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', 'content-type': 'application/json' }
    const socketPath = join(dataFolder, 'control.sock')
    const call = request({ socketPath, method, path, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => {
        if ((answer.statusCode ?? 0) < 300) resolve(JSON.parse(text) as T)
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`))
      })
    })
    call.on('error', reject)
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
