import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { composeSchema } from '@drawbridge/config'
import { CommandError, EXIT } from '../exit-code.ts'
import * as shipped from '../plugins.ts'

/** Answers that a first configuration is made from. */
interface Answers {
  readonly port: number
  readonly host: string
  readonly backend: string
}

const STANDARD: Answers = { port: 8080, host: 'localhost', backend: 'demo' }

/** `drawbridge init`: writes drawbridge.yaml, a first route and the schema for editors. Never overwrites a configuration. */
export async function init({ folder, yes }: { folder: string; yes?: boolean }): Promise<number> {
  const target = resolve(folder)
  const main = join(target, 'drawbridge.yaml')
  if (existsSync(main)) throw new CommandError(`${main} exists already; nothing was written`, EXIT.refused)
  const answers = yes || !process.stdin.isTTY ? STANDARD : await ask()
  mkdirSync(join(target, 'routes'), { recursive: true })
  writeFileSync(main, mainFile(answers), { flag: 'wx' })
  const route = join(target, 'routes', `${answers.host.replace('*', '_')}.yaml`)
  if (!existsSync(route)) writeFileSync(route, routeFile(answers))
  writeFileSync(
    join(target, 'drawbridge.schema.json'),
    `${JSON.stringify(composeSchema(Object.values(shipped)), null, 2)}\n`,
  )
  process.stderr.write(`written: ${main}, ${route} and the schema for editors.\nnext:    drawbridge run -c ${main}\n`)
  return EXIT.ok
}

async function ask(): Promise<Answers> {
  const { cancel, group, intro, text } = await import('@clack/prompts')
  intro('A first configuration')
  const given = await group(
    {
      host: () => text({ message: 'Which host should be served?', initialValue: STANDARD.host }),
      backend: () =>
        text({ message: 'Where does it live? (http://127.0.0.1:3000, or demo)', initialValue: STANDARD.backend }),
      port: () =>
        text({
          message: 'On which port should the gateway listen?',
          initialValue: String(STANDARD.port),
          validate: (value) =>
            /^\d{1,5}$/.test(value ?? '') && Number(value) < 65_536 ? undefined : 'a number up to 65535',
        }),
    },
    {
      onCancel() {
        cancel('nothing was written')
        throw new CommandError('cancelled', EXIT.refused)
      },
    },
  )
  return { host: given.host.trim().toLowerCase(), backend: given.backend.trim(), port: Number(given.port) }
}

function mainFile({ port }: Answers): string {
  return `# yaml-language-server: $schema=./drawbridge.schema.json
# $schema: ./drawbridge.schema.json
version: 1
listen:
  http: "[::]:${port}" # IPv4 and IPv6
routes: routes/ # one file per host
data: data/
`
}

function routeFile({ host, backend }: Answers): string {
  return `# yaml-language-server: $schema=../drawbridge.schema.json
# $schema: ../drawbridge.schema.json
host: ${JSON.stringify(host)}
backend: ${backend}
`
}
