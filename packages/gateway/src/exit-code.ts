/** What the command line's exit codes mean. */
export const EXIT = { ok: 0, failed: 1, usage: 2, invalidConfig: 3, refused: 4 } as const

/** Ends a command with an exit code and a sentence for the person who typed it. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message)
    this.exitCode = exitCode
  }
}
