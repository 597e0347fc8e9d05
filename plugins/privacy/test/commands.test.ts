import type { Command, CommandInput } from '@drawbridge/plugin-kit'
import { plugin } from '@drawbridge/plugin-privacy'
import t from 'tap'
import { addRequests, startInstallation, type TestInstallation } from './support/installation.ts'

t.test('register and notice are printed', async (t) => {
  const installation = await startInstallation(t)
  t.match(await run(installation, 'privacy register'), '# Record of processing activities (GDPR Art. 30)')
  const german = await run(installation, 'privacy notice', { args: ['shop.example'] })
  t.match(german, '## Datenschutzhinweise für shop.example')
  t.match(german, 'Dieser Text ist keine Rechtsberatung.')
  t.match(german, 'Not configured yet: privacy.controller.name')
  const english = await run(installation, 'privacy notice', { args: ['shop.example'], options: { language: 'en' } })
  t.match(english, '## Privacy notice for shop.example')
})

t.test('access and erase take one subject each, and print what was found and done', async (t) => {
  const installation = await startInstallation(t)
  await addRequests(installation.storage, [{ client: '203.0.113.45', path: '/mine', requestId: 'request-a' }])
  const options = { ip: '203.0.113.45' }
  const found = await run(installation, 'privacy access', { options })
  t.match(found, /^1 records\nrequest_logs: 1 records\n {2}\{.*"path":"\/mine"/)
  t.match(
    await run(installation, 'privacy erase', { options: { ...options, dryRun: true } }),
    /1 records would be erased/,
  )
  const erased = await run(installation, 'privacy erase', { options: { requestId: 'request-a,request-b' } })
  t.match(erased, /^receipt [0-9a-f-]{36}\n\S+ by eva, request_ids with fingerprint [0-9a-f]{24}\n1 records erased\n/)
  t.match(erased, 'request_logs: 1 deleted')
  const list = await run(installation, 'privacy receipts')
  t.match(list, /^[0-9a-f-]{36} {2}2026-11-22T08:00:00Z {2}request_ids/)
  t.match(await run(installation, 'privacy receipts', { args: [list.slice(0, 36)] }), '1 records erased')
  t.equal(await run(installation, 'privacy reapply'), 'the database knows of all erasures')
})

t.test('access and erase refuse to guess whose data is meant', async (t) => {
  for (const name of ['privacy access', 'privacy erase'])
    for (const options of [{}, { ip: '203.0.113.1', text: 'abc' }])
      t.throws(
        () => commandNamed(name).call({ args: [], options }),
        /exactly one of --ip, --cidr, --text, --request-id/,
      )
})

t.test('a breach file lives its life on the command line', async (t) => {
  const installation = await startInstallation(t)
  t.equal(await run(installation, 'privacy breach list'), 'there is no breach file')
  const options = { happened: 'In a train.', noticed: '2026-11-22T06:00Z', began: '2026-11-20', ended: '2026-11-21' }
  const opened = await run(installation, 'privacy breach open', { args: ['Laptop stolen'], options })
  t.match(opened, 'Laptop stolen (70 hours left)')
  t.match(opened, 'must be notified by 2026-11-25T06:00:00Z')
  const id = /breach (\S+):/.exec(opened)?.[1] ?? ''
  t.match(await run(installation, 'privacy breach list'), `${id}  70 hours left  Laptop stolen`)
  const noted = await run(installation, 'privacy breach note', {
    args: [id, 'by form'],
    options: { authorityNotified: true },
  })
  t.match(noted, 'authority notified')
  t.match(noted, '2026-11-22T08:00:00Z eva: by form')
  t.match(await run(installation, 'privacy breach evidence', { args: [id] }), '"window": {')
  t.match(await run(installation, 'privacy breach notification', { args: [id] }), '# Meldung einer Verletzung')
  t.match(await run(installation, 'privacy breach close', { args: [id, 'done'] }), 'closed: done')
  t.match(await run(installation, 'privacy breach show', { args: [id] }), '(closed)')
  const bad = { args: ['x'], options: { noticed: 'yesterday' } }
  t.throws(() => commandNamed('privacy breach open').call(bad), /"yesterday" is no time/)
})

function commandNamed(name: string): Command {
  const command = plugin.commands?.find((candidate) => candidate.name === name)
  if (command === undefined) throw new Error(`no command "${name}"`)
  return command
}

/** Runs a command as the command line does; what it prints. */
async function run({ app }: TestInstallation, name: string, input: Partial<CommandInput> = {}): Promise<string> {
  const command = commandNamed(name)
  const { method, path, body } = command.call({ args: [], options: {}, ...input })
  const payload = body === undefined ? {} : { payload: body as object }
  const response = await app.inject({ method, url: path, ...payload })
  if (response.statusCode >= 400) throw new Error(response.body)
  return command.format(response.json()).text
}
