import { adminCommands } from '@drawbridge/admin/commands'
import type { ApiCall, Command } from '@drawbridge/plugin-kit'
import { printAnswer, type RunApiCommand } from '../api-commands.ts'
import { type ApiAnswer, callOverSocket } from '../control-client.ts'
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
  const { more = [], ...first } = callOf(command, input)
  const ask = async (call: ApiCall) =>
    (await callOverSocket(controlSocketPath(config.dataFolder), call)) ??
    (await (await import('../answer-here.ts')).answerHere(read, config, call))
  const answers = [await ask(first)]
  for (const call of more) if ((answers.at(-1)?.status ?? 0) < 400) answers.push(await ask(call))
  return printAnswer(command, combine(answers, 1 + more.length), options.json === true)
}

/** All answers as one; where one of them refuses, that one, saying how much was done before. */
function combine(answers: readonly ApiAnswer[], asked: number): ApiAnswer {
  const last = answers.at(-1) as ApiAnswer
  if (asked === 1) return last
  if (last.status < 400) return { status: last.status, body: answers.map(({ body }) => body) }
  const done = answers.length - 1
  if (done > 0) process.stderr.write(`drawbridge: ${done} of ${asked} parts were done\n`)
  return last
}

function callOf(command: Command, input: Parameters<Command['call']>[0]): ApiCall {
  try {
    return command.call(input)
  } catch (error) {
    throw new CommandError((error as Error).message, EXIT.usage)
  }
}
