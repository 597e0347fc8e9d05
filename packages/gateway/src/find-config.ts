import { existsSync } from 'node:fs'
import { CommandError, EXIT } from './exit-code.ts'

const PLACES = ['drawbridge.yaml', '/etc/drawbridge/drawbridge.yaml']

/**
 * The configuration to use: what `-c` or `$DRAWBRIDGE_CONFIG` names, else the first of ./drawbridge.yaml and
 * /etc/drawbridge/drawbridge.yaml, as written, so that findings name files as short as they were given. Throws a CommandError that says where it looked.
 */
export function findConfig(named: string | undefined): string {
  if (named !== undefined) {
    if (existsSync(named)) return named
    throw new CommandError(`there is no ${named}; "drawbridge init" writes a first configuration`, EXIT.usage)
  }
  const found = PLACES.find((place) => existsSync(place))
  if (found !== undefined) return found
  throw new CommandError(
    `no configuration: neither ${PLACES.join(' nor ')} exists; "drawbridge init" writes one`,
    EXIT.usage,
  )
}
