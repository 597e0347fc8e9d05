import type { TestInstallation } from './installation.ts'

/** Asks for an erasure. */
export function erase(installation: TestInstallation, body: object) {
  return post(installation, '/api/privacy/erasure', body)
}

/** Sends a request to the admin API. */
export async function post({ app }: TestInstallation, url: string, payload: object) {
  const response = await app.inject({ method: 'POST', url, payload })
  return { status: response.statusCode, body: response.json() }
}

/** Reads from the admin API. */
export async function get({ app }: TestInstallation, url: string) {
  const response = await app.inject(url)
  return { status: response.statusCode, body: response.json() }
}
