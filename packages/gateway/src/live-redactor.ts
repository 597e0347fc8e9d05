import type { LoadResult } from '@drawbridge/config'
import { type Pseudonyms, plainRedactor, type Redactor } from '@drawbridge/plugin-kit'

/** The redactor of what belongs to no route, which follows the configuration. */
export interface LiveRedactor extends Redactor {
  /** Takes that of the default answer: what `defaults:` says. */
  follow(config: NonNullable<LoadResult['config']>, pseudonyms: Pseudonyms): void
}

/** Changes nothing until it follows a configuration. */
export function createLiveRedactor(): LiveRedactor {
  let current: Redactor = plainRedactor
  return {
    address: (address) => current.address(address),
    parsableAddress: (address) => current.parsableAddress(address),
    pseudonym: (address) => current.pseudonym(address),
    path: (path) => current.path(path),
    query: (query) => current.query(query),
    referrer: (url) => current.referrer(url),
    header: (name, value) => current.header(name, value),
    text: (text) => current.text(text),
    follow({ defaultRoute }, pseudonyms) {
      const use = defaultRoute.plugins.find(({ plugin }) => plugin.redactor !== undefined)
      current = use?.plugin.redactor?.(use.options, pseudonyms) ?? plainRedactor
    },
  }
}
