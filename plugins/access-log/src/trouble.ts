import type { Log } from '@drawbridge/plugin-kit'

/** Tells the operator once that lines get lost, and once that it is over. */
export interface Trouble {
  lost(lines: number, error?: unknown): void
  over(): void
}

/** Makes it for one output, named by `target`. */
export function createTrouble(log: Log, target: string): Trouble {
  let total = 0
  return {
    lost(lines, error) {
      if (total === 0) log.error({ err: error, target }, 'lines of the request log are lost')
      total += lines
    },
    over() {
      if (total > 0) log.info({ target, lines: total }, 'the request log is written again, some lines were lost')
      total = 0
    },
  }
}
