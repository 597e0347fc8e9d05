import { mostSpecific, parsePathPattern } from '@drawbridge/plugin-kit'
import t from 'tap'

t.test('a pattern matches what its form promises', async (t) => {
  const cases: [pattern: string, matches: string[], misses: string[]][] = [
    ['/a', ['/a', '/a/'], ['/', '/ab', '/a/b', '/b/a']],
    ['/', ['/'], ['/a']],
    ['/a/*', ['/a', '/a/', '/a/b', '/a/b/c'], ['/', '/ab', '/b/a']],
    ['/*', ['/', '/a', '/a/b'], []],
    ['*.php', ['/index.php', '/a/b.php'], ['/index.php5', '/php', '/a.php/b']],
    ['/a/*/b', ['/a/x/b', '/a/x/b/'], ['/a/b', '/a/x/y/b', '/a//b', '/a/x/b/c']],
    ['/a/*/b/*', ['/a/x/b', '/a/x/b/c/d'], ['/a/x', '/a/x/c']],
    ['/Auth/*', ['/auth/login'], ['/AUTH/login']],
  ]
  for (const [source, matches, misses] of cases) {
    const pattern = parsePathPattern(source)
    for (const path of matches) t.equal(pattern?.matches(path), true, `${source} matches ${path}`)
    for (const path of misses) t.equal(pattern?.matches(path), false, `${source} does not match ${path}`)
  }
})

t.test('what is no pattern is refused', async (t) => {
  for (const source of ['', 'a', 'a/b', '/a b', '/a?b', '/a#b', '/a*', '/a*/b', 'http://a/', '/a/**/b', '*']) {
    t.equal(parsePathPattern(source), undefined, JSON.stringify(source))
  }
})

t.test('the most specific pattern wins, and of two equal ones the first', async (t) => {
  const entries = ['/*', '/api/*', '/api/*/files', '/api/v1/*', '/api/v1/status', '*.json', '/api/*'].map(
    (source, index) => {
      const pattern = parsePathPattern(source)
      if (pattern === undefined) throw new Error(source)
      return { name: `${index} ${source}`, pattern }
    },
  )
  const winners = {
    '/': '0 /*',
    '/other.json': '5 *.json',
    '/api/x': '1 /api/*',
    '/api/x/files': '2 /api/*/files',
    '/api/v1/x': '3 /api/v1/*',
    '/api/v1/status': '4 /api/v1/status',
  }
  for (const [path, name] of Object.entries(winners)) t.equal(mostSpecific(entries, path)?.name, name, path)
  t.equal(mostSpecific([], '/'), undefined)
})
