import type { Teardown } from './fixtures.ts'

/** Runs a benchmark script: what it opened is closed at the end, a missed target makes the exit code 1. */
export async function runScript(main: (t: Teardown, report: Report) => Promise<void>): Promise<void> {
  const actions: (() => unknown)[] = []
  const report = new Report()
  try {
    await main({ teardown: (action) => actions.push(action) }, report)
  } finally {
    for (const action of actions.reverse()) await action()
  }
  report.print()
  process.exitCode = report.hasMissed ? 1 : 0
}

/** Figures with their targets. */
export class Report {
  readonly #rows: { name: string; figure: string; target: string; isMet: boolean }[] = []

  /** Adds a figure; `target` is a text for people, `isMet` whether it was reached. */
  add(name: string, figure: string, target: string, isMet: boolean): void {
    this.#rows.push({ name, figure, target, isMet })
  }

  get hasMissed(): boolean {
    return this.#rows.some(({ isMet }) => !isMet)
  }

  /** Prints the figures as a table. */
  print(): void {
    const width = Math.max(...this.#rows.map(({ name }) => name.length))
    for (const { name, figure, target, isMet } of this.#rows) {
      console.log(`${isMet ? 'ok  ' : 'MISS'} ${name.padEnd(width)}  ${figure.padStart(14)}   (${target})`)
    }
  }
}

/** Resolves after so many milliseconds. For scripts only: tests turn a clock. */
export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
