/** The ways in which backends resolve dot segments; they differ in what a separator is to them, and in when they decode. */
const RESOLVERS: readonly ((path: string) => string)[] = [
  // RFC 3986 5.2.4: the path as it is, where an empty segment is one as well.
  (path) => resolve(path.split('/')),
  // The WHATWG URL standard (Node, Deno, Bun): backslashes are slashes, and `%2e` is a dot.
  (path) => new URL(`http://backend.test${path}`).pathname,
  // nginx, Go's path.Clean: decoded and merged first.
  (path) => encode(resolve(decode(path).split('/').filter(keepMerged))),
  // Windows: so, with both slashes.
  (path) => encode(resolve(decode(path).split(/[/\\]/).filter(keepMerged))),
  // Servlet containers: parameters away, then decoded, then merged.
  (path) =>
    encode(
      resolve(
        decode(path.replaceAll(/;[^/]*/g, ''))
          .split('/')
          .filter(keepMerged),
      ),
    ),
  // Parameters away, not merged.
  (path) => resolve(path.replaceAll(/;[^/]*/g, '').split('/')),
]

/**
 * Where each kind of backend ends up with a path, in the form of policy without a slash at the end. What they make of separators that
 * are none to some is evened out: policy takes all of them for one.
 */
export function backendReadings(target: string): readonly string[] {
  const [path = ''] = target.split('?')
  return RESOLVERS.map((read) => plain(read(path)))
}

function resolve(segments: readonly string[]): string {
  const kept: string[] = []
  for (const segment of segments.slice(1)) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}

function keepMerged(segment: string, index: number): boolean {
  return index === 0 || segment !== ''
}

function plain(path: string): string {
  const bare = path.split('/').map((segment) => segment.split(';', 1)[0] ?? '')
  const segments = bare.flatMap((segment) => segment.split(/\\|%2f|%5c|%ef%bc%8f|%ef%bc%bc/i)).map(decode)
  return `/${segments.filter((segment) => segment !== '' && segment !== '.').join('/')}`
}

/** All but semicolons, so that encoded ones stay none that begin parameters; the full-width dot is one. */
function decode(text: string): string {
  return text.split(/%3b/i).map(decodeURIComponent).join('%3b').replaceAll('\uff0e', '.')
}

/** Undoes `decode`, separators and beginnings of parameters left as they are. */
function encode(path: string): string {
  return path
    .split(/(\/|;|%3b)/)
    .map((part) => (/^(?:\/|;|%3b)$/.test(part) ? part : encodeURIComponent(part)))
    .join('')
}
