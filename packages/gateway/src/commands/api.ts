import { adminCommands } from '@drawbridge/admin/commands'
import type { ApiCall, Command } from '@drawbridge/plugin-kit'
import { printAnswer, type RunApiCommand } from '../api-commands.ts'
import { callOverSocket } from '../control-client.ts'
import { controlSocketPath } from '../control-socket-path.ts'
import { CommandError, EXIT } from '../exit-code.ts'
import { findConfig } from '../find-config.ts'
import { loadPlugins } from '../load-plugins.ts'
import { printFindings, readConfiguration } from '../read-configuration.ts'

/** The commands of the admin app and of the installed plugins; of the shipped ones where there is no configuration. */
export async function listApiCommands(named: string | undefined): Promise<readonly Command[]> {
  const { plugins } = await loadPlugins(configOrNone(named))
  return [...adminCommands, ...plugins.flatMap(({ commands = [] }) => commands)]
}

function configOrNone(named: string | undefined): string | undefined {
  try {
    return findConfig(named)
  } catch {
    return undefined
  }
}

/** Asks the running gateway over its control socket; where none runs, answers in this process, out of the same data folder. */
export const runApiCommand: RunApiCommand = async (command, input, options) => {
  const read = await readConfiguration(options.config)
  const config = read.result.config ?? read.result.partial
  if (config === undefined) {
    printFindings(read.result)
    return EXIT.invalidConfig
  }
  const call = callOf(command, input)
  const answer =
    (await callOverSocket(controlSocketPath(config.dataFolder), call)) ??
    (await (await import('../answer-here.ts')).answerHere(read, config, call))
  return printAnswer(command, answer, options.json === true)
}

function callOf(command: Command, input: Parameters<Command['call']>[0]): ApiCall {
  try {
    return command.call(input)
  } catch (error) {
    throw new CommandError((error as Error).message, EXIT.usage)
  }
}
