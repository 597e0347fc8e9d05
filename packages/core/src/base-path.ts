/** What the answers of a backend below a path are rewritten by. */
export interface BasePath {
  /** `/app`, without a slash at the end. */
  readonly path: string
  /** Host and port of the backend: a redirect to itself is one to the client's host, too. */
  readonly authority: string
}

const URL_NAMES = new Set(['location', 'content-location'])

/**
 * For a backend below a path: takes the path off redirects and cookies, so that the client, who knows nothing of it, comes back to where
 * it is put on again. `host` is the client's own. Changes a flat header array in place.
 */
export function stripBasePath(headers: string[], base: BasePath, host: string): void {
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase()
    const value = headers[i + 1] as string
    if (URL_NAMES.has(name)) headers[i + 1] = stripUrl(value, base, host)
    else if (name === 'set-cookie') headers[i + 1] = stripCookie(value, base)
  }
}

function stripUrl(value: string, { path, authority }: BasePath, host: string): string {
  const [, own = '', target = ''] = /^(?:(?:https?:)?\/\/([^/?#]+))?(\/[\s\S]*)$/i.exec(value) ?? []
  if (own !== '' && own !== host && own !== authority) return value
  return stripPath(target, path) ?? value
}

function stripCookie(value: string, { path }: BasePath): string {
  return value.replace(/(;\s*path=)([^;]*)/i, (whole, name: string, cookiePath: string) => {
    const stripped = stripPath(cookiePath.trim(), path)
    return stripped === undefined ? whole : name + stripped
  })
}

/** The target without the path in front, `undefined` where it is not below it. */
function stripPath(target: string, path: string): string | undefined {
  if (!target.startsWith(path)) return undefined
  const rest = target.slice(path.length)
  if (rest !== '' && !/^[/?#]/.test(rest)) return undefined
  return rest.startsWith('/') ? rest : `/${rest}`
}
