import type { Command as ApiCommand, CommandInput } from '@drawbridge/plugin-kit'
import { type Command, Option } from 'commander'
import type { ApiAnswer } from './control-client.ts'
import { CommandError, EXIT } from './exit-code.ts'

/** Runs one command of the admin API; resolves to the exit code. */
export type RunApiCommand = (
  command: ApiCommand,
  input: CommandInput,
  options: { readonly config?: string; readonly json?: boolean },
) => Promise<number>

/** Adds the commands of the admin app and of the plugins: `audit verify` is `verify` below `audit`. */
export function addApiCommands(
  program: Command,
  commands: readonly ApiCommand[],
  run: (...call: Parameters<RunApiCommand>) => Promise<void>,
): void {
  for (const command of commands) {
    const words = command.name.split(' ')
    const parent = words.slice(0, -1).reduce(groupOf, program)
    const added = parent.command(words.at(-1) ?? '').description(command.summary)
    for (const { name, summary } of command.args ?? []) added.argument(name, summary)
    for (const { flags, summary } of command.options ?? []) added.option(flags, summary)
    added
      .addOption(
        new Option('-c, --config <file>', 'drawbridge.yaml, a folder, or one route file').env('DRAWBRIDGE_CONFIG'),
      )
      .option('--json', 'the answer as JSON')
      .action(async () => {
        const { config, json, ...options } = added.opts()
        await run(command, { args: added.args, options }, { config, json })
      })
  }
  describeGroups(program)
}

function groupOf(parent: Command, word: string): Command {
  return parent.commands.find((command) => command.name() === word) ?? parent.command(word)
}

/** A group has no summary of its own: help names what is in it. */
function describeGroups({ commands }: Command): void {
  for (const group of commands.filter((command) => command.commands.length > 0)) {
    group.description(group.commands.map((command) => command.name()).join(', '))
    describeGroups(group)
  }
}

/** Prints an answer and tells the exit code. Throws a CommandError with the API's words where it refused. */
export function printAnswer(command: ApiCommand, { status, body }: ApiAnswer, json: boolean): number {
  if (status >= 400) throw new CommandError(describeProblem(status, body), status === 409 ? EXIT.refused : EXIT.failed)
  const { text, exitCode = EXIT.ok } = command.format(body)
  process.stdout.write(json ? `${JSON.stringify(body, null, 2)}\n` : `${text.trimEnd()}\n`)
  return exitCode
}

function describeProblem(status: number, body: unknown): string {
  const {
    title,
    detail,
    errors = [],
  } = (typeof body === 'object' && body !== null ? body : {}) as {
    title?: string
    detail?: string
    errors?: readonly { detail?: string; message?: string }[]
  }
  const particulars = errors.map((error) => `\n  ${error.detail ?? error.message ?? ''}`).join('')
  return `${detail ?? title ?? `the gateway answered ${status}`}${particulars}`
}
