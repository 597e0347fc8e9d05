import { Command, CommanderError, Option } from 'commander'
import { CommandError, EXIT } from './exit-code.ts'
import { VERSION } from './version.ts'

/**
 * Runs one command. Data goes to standard output, words for people to standard error. Resolves to the exit code: 0 fine, 1 failed,
 * 2 wrong usage, 3 invalid configuration, 4 refused.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok
  const done = (code: number) => {
    exitCode = code
  }
  const program = createProgram(done)
  try {
    if (!program.commands.some((command) => command.name() === args[0])) await addInstalledCommands(program, args, done)
    // nginx's habit: -t tests the configuration.
    await program.parseAsync(args[0] === '-t' ? ['validate', ...args.slice(1)] : [...args], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (error instanceof CommandError) return complain(error.message, error.exitCode)
    // A file that cannot be written is the operator's to mend, not a fault in here: no stack.
    if (error instanceof Error && 'syscall' in error) return complain(error.message, EXIT.failed)
    throw error
  }
}

/** The commands of the admin app and the plugins: loading all of those takes a while, so only where none of the others is meant. */
async function addInstalledCommands(
  program: Command,
  args: readonly string[],
  done: (exitCode: number) => void,
): Promise<void> {
  const { listApiCommands, runApiCommand } = await import('./commands/api.ts')
  const { addApiCommands } = await import('./api-commands.ts')
  const flag = args.findIndex((arg) => arg === '-c' || arg === '--config')
  const named = flag === -1 ? process.env.DRAWBRIDGE_CONFIG : args[flag + 1]
  addApiCommands(program, await listApiCommands(named), async (command, input, options) =>
    done(await runApiCommand(command, input, options)),
  )
}

function complain(message: string, exitCode: number): number {
  process.stderr.write(`drawbridge: ${message}\n`)
  return exitCode
}

/** Commands load their code only when they run: `version` need not wait for a web server. */
function createProgram(done: (exitCode: number) => void): Command {
  const program = new Command('drawbridge')
    .description('A reverse-proxy gateway: one YAML file per host, every feature a plugin.')
    .exitOverride()
    .showHelpAfterError('(drawbridge help COMMAND tells more)')
  const config = () =>
    new Option('-c, --config <file>', 'drawbridge.yaml, a folder, or one route file').env('DRAWBRIDGE_CONFIG')
  program
    .command('run')
    .description('run the gateway in the foreground')
    .addOption(config())
    .option('--no-watch', 'do not reload when files change (SIGHUP still does)')
    .option('--skip-broken-routes', 'start with the routes that are right instead of not at all')
    .action(async (options) => done(await (await import('./commands/run.ts')).run(options)))
  program
    .command('validate')
    .description('check the configuration, say everything that is wrong with it')
    .addOption(config())
    .option('--json', 'findings as JSON')
    .action(async (options) => done(await (await import('./commands/validate.ts')).validate(options)))
  program
    .command('config')
    .description('print the configuration with all defaults filled in')
    .addOption(config())
    .option('--host <host>', 'of this route (default: of drawbridge.yaml, then every route)')
    .option('--origins', 'say where each value comes from')
    .option('--json', 'as JSON')
    .action(async (options) => done(await (await import('./commands/config.ts')).printConfig(options)))
  program
    .command('explain')
    .description(
      'say what would happen to a request: which route, which plugins, what the backend and the client would get',
    )
    .argument('<method>', 'GET, POST, …')
    .argument('<url>', 'http://host/path')
    .addOption(config())
    .option('--ip <address>', 'the client address', '203.0.113.7')
    .option(
      '--header <name: value>',
      'a request header, may be repeated',
      (text: string, all: string[]) => [...all, text],
      [],
    )
    .option('--json', 'as JSON')
    .action(async (method, url, options) =>
      done(await (await import('./commands/explain.ts')).explain({ ...options, method, url })),
    )
  program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .addOption(config())
    .option('-o, --out <file>', 'write it to a file')
    .action(async (options) => done(await (await import('./commands/schema.ts')).printSchema(options)))
  program
    .command('init')
    .description('write a first configuration into this folder')
    .argument('[folder]', 'where', '.')
    .option('--yes', 'do not ask')
    .action(async (folder, options) => done(await (await import('./commands/init.ts')).init({ ...options, folder })))
  program
    .command('version')
    .description('print the version')
    .option('--json', 'with the versions of Node and the plugins')
    .action(async (options) => done(await (await import('./commands/version.ts')).printVersion(options)))
  return program.version(VERSION, '-V, --version')
}
