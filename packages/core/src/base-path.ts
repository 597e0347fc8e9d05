/**
 * For a backend below a path: takes the path off the front of redirects, so that the client, who knows nothing of it, comes back to where
 * it is put on again. Changes a flat header array in place.
 */
export function stripBasePath(headers: string[], basePath: string): void {
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1] as string
    if ((headers[i] as string).toLowerCase() !== 'location' || !value.startsWith(basePath)) continue
    const rest = value.slice(basePath.length)
    if (rest === '' || /^[/?#]/.test(rest)) headers[i + 1] = rest.startsWith('/') ? rest : `/${rest}`
  }
}
