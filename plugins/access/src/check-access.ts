import { checkAddressEntries, type Problem } from '@drawbridge/plugin-kit'
import type { AccessOptions } from './options.ts'
import { isEverybody } from './path-rules.ts'

/** What people write for `all`; as names of hosts, which they could be, they would keep nobody out. */
const MISTAKEN_FOR_ALL: ReadonlySet<string> = new Set(['any', 'anyone', 'everybody', 'everyone', 'world'])

type Lists = Pick<AccessOptions, 'allow' | 'deny'>
type Path = readonly (string | number)[]

/** Finds entries that cannot be read, and rules that rule nothing. */
export function checkAccess(options: AccessOptions): readonly Problem[] {
  const blocks: readonly (readonly [Lists, Path])[] = [
    [options, []],
    ...options.paths.map((entry, index) => [entry, ['paths', index]] as const),
  ]
  return [
    ...blocks.flatMap(([lists, path]) => [...checkEntries(lists, path), ...findShadowed(lists, path)]),
    ...findIdle(blocks),
  ]
}

function checkEntries(lists: Lists, path: Path): Problem[] {
  return (['allow', 'deny'] as const).flatMap((key) => {
    const entries = lists[key] ?? []
    return [...findMistaken(entries, [...path, key]), ...checkAddressEntries(entries, [...path, key])]
  })
}

function findMistaken(entries: readonly string[], path: Path): Problem[] {
  return entries.flatMap((entry, index) => {
    if (!MISTAKEN_FOR_ALL.has(entry.toLowerCase())) return []
    const message = `"${entry}" stands for nobody here`
    return [
      { severity: 'error', code: 'bad-address', path: [...path, index], message, hint: 'write all for everybody' },
    ]
  })
}

function findShadowed({ allow, deny }: Lists, path: Path): Problem[] {
  if (allow === undefined || deny?.some(isEverybody) !== true) return []
  const message = '"allow" has no effect: "deny" has everybody in it, and it comes first'
  const hint = 'leave "deny" away: whoever is not in "allow" is refused anyway'
  return [{ severity: 'warning', code: 'no-effect', path: [...path, 'allow'], message, hint }]
}

function findIdle(blocks: readonly (readonly [Lists, Path])[]): Problem[] {
  return blocks.flatMap(([{ allow, deny }, path]) => {
    const isOnlyFrame = path.length === 0 && blocks.length > 1
    if (allow !== undefined || deny !== undefined || isOnlyFrame) return []
    return [
      {
        severity: 'warning',
        code: 'no-effect',
        path,
        message: 'neither "allow" nor "deny" is given: everybody passes',
      },
    ]
  })
}
