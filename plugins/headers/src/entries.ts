import type { HeaderEdit } from '@drawbridge/plugin-kit'
import { asList } from './as-list.ts'
import type { EditOptions } from './options.ts'

/** Which way a header goes. */
export type Side = 'request' | 'response'

/** One change as written under `request` or `response`. */
export interface Entry {
  /** From the plugin's options to the header. */
  readonly path: readonly (string | number)[]
  readonly operation: HeaderEdit['operation']
  readonly name: string
  /** Absent for `remove`. */
  readonly value?: string
}

/** The changes of one side in the order in which they are made: what is removed is gone, whoever put it there. */
export function listEntries(side: Side, options: EditOptions): readonly Entry[] {
  return [
    ...listValues([side, 'add'], 'set', options.add),
    ...listValues([side, 'set'], 'set', options.set),
    ...listValues([side, 'default'], 'default', options.default),
    ...listValues([side, 'append'], 'append', options.append),
    ...options.remove.map((name, index): Entry => ({ path: [side, 'remove', index], operation: 'remove', name })),
  ]
}

function listValues(path: Entry['path'], operation: Entry['operation'], values: EditOptions['append']): Entry[] {
  return Object.entries(values).flatMap(([name, value]) =>
    asList(value).map((single) => ({ path: [...path, name], operation, name, value: String(single) })),
  )
}
