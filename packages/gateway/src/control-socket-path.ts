import { join } from 'node:path'

/** Where the command line reaches the running gateway. */
export function controlSocketPath(dataFolder: string): string {
  return join(dataFolder, 'control.sock')
}
