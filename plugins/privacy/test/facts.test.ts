import type { LiveRoute } from '@drawbridge/plugin-kit'
import t from 'tap'
import { route, startInstallation } from './support/installation.ts'

const CONTROLLER = { name: 'Example e.V.', address: 'Musterstr. 1, 12345 Berlin', email: 'privacy@example.org' }
const PRIVACY = { controller: CONTROLLER, authority: 'BlnBDI', purpose: 'Ein Laden für Beispiele' }

t.test('the register tells by route what is stored, why, how long and how masked', async (t) => {
  const { app } = await start(t, [
    route(['shop.example', 'www.shop.example'], 1, { privacy: PRIVACY }),
    route(['vault.example'], 2, {
      privacy: { legal_basis: 'Art. 6(1)(b) GDPR' },
      logging: { mask: false, pseudonyms: false },
      data_retention: { access_logs: 30 * 86_400_000 },
    }),
    route([], 0, { privacy: PRIVACY }),
  ])
  const response = await app.inject('/api/privacy/register')
  t.equal(response.statusCode, 200)
  const { routes, shared, ...rest } = response.json()
  t.match(rest, { version: '1.2.3', controller: CONTROLLER, authority: 'BlnBDI', missing: [], contact: '' })
  t.match(rest.places[0], /drawbridge\.db$/)
  t.match(rest.security_measures[0], 'on 2 of 3 routes')
  t.match(routes[0], {
    hosts: ['shop.example', 'www.shop.example'],
    masking: { ipv4: { method: 'shortened', example: '203.0.113.xxx' }, pseudonyms: true },
  })
  t.match(routes[0].activities[0], {
    name: 'request_logs',
    purposes: ['To find faults.'],
    legal_bases: ['Art. 6(1)(f) GDPR'],
    retention_class: 'access_logs',
    retention_seconds: 7 * 86_400,
  })
  t.match(routes[1].activities[0], {
    legal_bases: ['Art. 6(1)(b) GDPR'],
    retention_seconds: 30 * 86_400,
    data: [{ field: 'client', stored_as: 'in full' }, { field: 'path' }],
  })
  t.match(routes[1].masking, { ipv4: { method: 'full' }, pseudonyms: false })
  t.match(routes[1].activities[1], { name: 'log_limits', retention_seconds: null }, 'a class without a period')
  t.strictSame(
    shared.activities.map(({ name, kept_because }: { name: string; kept_because: string | null }) => [
      name,
      kept_because !== null,
    ]),
    [
      ['bans', true],
      ['log_payloads', false],
      ['privacy_erasures', true],
      ['privacy_breaches', true],
      ['privacy_breach_notes', true],
    ],
  )
})

t.test('the register of a route whose log is off has nothing', async (t) => {
  const { options, ...rest } = route(['a.example'], 1)
  const { log: _log, ...others } = options
  const { app } = await start(t, [{ ...rest, options: others }, route([], 0)])
  const { routes } = (await app.inject('/api/privacy/register')).json()
  t.strictSame(routes[0].activities, [])
})

t.test('the register says what places a plugin leaves out', async (t) => {
  const { app } = await start(t, [
    route(['a.example'], 1, { log: { database: false, files: ['json'] } }),
    route(['b.example'], 2, { log: { database: true, files: [] } }),
    route([], 0),
  ])
  const { routes } = (await app.inject('/api/privacy/register')).json()
  const names = (index: number) => routes[index].activities.map(({ name }: { name: string }) => name)
  t.strictSame(names(0), ['log files'])
  t.strictSame(names(1), ['request_logs', 'log_limits'])
})

t.test('a store of the audit log belongs to no route, and is not about visitors', async (t) => {
  const { app, store } = await start(t, [route(['a.example'], 1), route([], 0)])
  Object.assign(store, { retentionClass: 'audit_logs', holds: { en: 'who did what', de: 'wer was tat' } })
  const { routes, shared } = (await app.inject('/api/privacy/register')).json()
  t.notMatch(JSON.stringify(routes), 'who did what')
  t.match(shared.activities.at(-1), { name: 'log files', retention_seconds: 365 * 86_400 })
  t.notMatch((await app.inject('/api/privacy/notice?host=a.example')).json().text, 'wer was tat')
})

t.test('the register is a Markdown document too, in which names are no markup', async (t) => {
  const evil = { ...CONTROLLER, name: '<b>Evil</b> | [x](http://x)\n# y' }
  const { app } = await start(t, [route(['shop.example'], 1), route([], 0, { privacy: { controller: evil } })])
  const response = await app.inject('/api/privacy/register?format=markdown')
  t.equal(response.headers['content-type'], 'text/markdown; charset=utf-8')
  t.match(response.body, '# Record of processing activities (GDPR Art. 30)')
  t.match(response.body, '## shop.example')
  t.match(response.body, '- **Kept:** 7 days (access\\_logs)')
  t.match(response.body, '**Not configured yet:** `privacy.authority`.')
  t.match(response.body, '\\<b\\>Evil\\</b\\> \\| \\[x\\](http://x) \\# y')
})

t.test('recipients are those that are named, and webhooks by host alone', async (t) => {
  const { app } = await start(t, [
    route(['a.example'], 1, {
      privacy: { recipients: ['Example Hosting (processor)'] },
      webhooks: { targets: [{ url: 'https://discord.example/api/webhooks/1/secret' }] },
      audit: { anchor: { webhook: 'https://anchor.example/x' }, note: 'https://no.example' },
      log: { stdout: 'json' },
    }),
    route([], 0),
  ])
  const { routes } = (await app.inject('/api/privacy/register')).json()
  t.strictSame(routes[0].recipients, [
    'Example Hosting (processor)',
    'anchor.example (webhook)',
    'discord.example (webhook)',
    'whoever collects the standard output of the gateway',
  ])
})

t.test('the notice in German says what is true now', async (t) => {
  const { app } = await start(t, [route(['shop.example'], 1, { privacy: PRIVACY }), route([], 0)])
  const { text, disclaimer, missing, language } = (await app.inject('/api/privacy/notice?host=shop.example')).json()
  t.equal(language, 'de')
  t.strictSame(missing, [])
  t.match(disclaimer, 'keine Rechtsberatung')
  for (const part of [
    'ist Example e.V., Musterstr. 1, 12345 Berlin, E-Mail: privacy@example.org.',
    'Ein Laden für Beispiele. Anfragen an shop.example laufen',
    '**Protokoll: eine Zeile je Anfrage.** Gespeichert werden: IP-Adresse, Tagespseudonym der IP-Adresse, aufgerufene oder verweisende Internetadresse. Zwecke:\n\n- Um Störungen zu finden.\n\nRechtsgrundlage: Art. 6 Abs. 1 Buchst. f DSGVO. Unser berechtigtes Interesse liegt in den genannten Zwecken. Speicherdauer: 7 Tage; danach werden die Einträge gelöscht.',
    'IPv4-Adressen werden vor dem Speichern gekürzt: Aus 203.0.113.45 wird zum Beispiel 203.0.113.xxx.',
    'Vollständig gespeichert wird sie nur hier: eine Zeile je Client und Regel; eine Zeile je gesperrter Adresse.',
    'Solange der Schlüssel eines Tages besteht, können wir Ihre Einträge dieses Tages anhand Ihrer Adresse wiederfinden',
    'Das Gateway gibt die gespeicherten Daten nicht an Dritte weiter.',
    'für uns zuständig ist: BlnBDI.',
    'Widerspruchsrecht (Art. 21 DSGVO)',
  ])
    t.ok(text.includes(part), part)
  t.notMatch(text, 'alles ist gut', 'what a plugin says of treatment is told from facts')
  t.notMatch(text, 'was ein Eintrag sagt', 'the audit log is not about visitors')
})

t.test('the notice admits whole addresses, no end, and no pseudonyms', async (t) => {
  const full = { logging: { mask: false, pseudonyms: true }, data_retention: {} }
  const bare = { logging: { mask: true, pseudonyms: false } }
  const { app } = await start(t, [route(['full.example'], 1, full), route(['bare.example'], 2, bare), route([], 0)])
  const notice = async (host: string, language: string) =>
    (await app.inject(`/api/privacy/notice?host=${host}&language=${language}`)).json().text
  t.match(await notice('full.example', 'de'), 'Ihre IP-Adresse wird vollständig und ungekürzt gespeichert.')
  t.match(await notice('full.example', 'de'), 'Eine feste Frist ist nicht eingestellt')
  t.match(await notice('full.example', 'en'), 'Your IP address is stored in full.')
  t.match(await notice('full.example', 'en'), 'no period is set')
  t.match(await notice('bare.example', 'de'), 'Ein Pseudonym speichern wir nicht')
  t.notMatch(await notice('bare.example', 'de'), 'Tagespseudonym')
  t.match(await notice('bare.example', 'en'), 'We store no pseudonym')
})

t.test('a plugin that is off masks nothing', async (t) => {
  const { options, ...rest } = route(['a.example'], 1)
  const { logging: _logging, ...others } = options
  const { app } = await start(t, [{ ...rest, options: others }, route([], 0)])
  const { text } = (await app.inject('/api/privacy/notice?host=a.example')).json()
  t.match(text, 'vollständig und ungekürzt')
})

t.test('the notice has placeholders for what is not configured, and names it', async (t) => {
  const { app } = await start(t, [
    route(['a.example'], 1, { privacy: { legal_basis: 'Art. 6(1)(b) GDPR' } }),
    route([], 0),
  ])
  const { text, missing } = (await app.inject('/api/privacy/notice?host=A.example&language=en')).json()
  t.match(text, '[name of the controller]')
  t.strictSame(missing, [
    'privacy.controller.name',
    'privacy.controller.address',
    'privacy.controller.email',
    'privacy.authority',
  ])
  t.notMatch(text, 'Right to object', 'which goes with legitimate interests')
})

t.test('there is no notice for a host that nobody serves', async (t) => {
  const { app } = await start(t, [route(['a.example'], 1), route([], 0)])
  const response = await app.inject('/api/privacy/notice?host=b.example')
  t.equal(response.statusCode, 404)
  t.match(response.json(), { code: 'DRAWBRIDGE_PRIVACY_UNKNOWN_HOST' })
})

function start(t: Parameters<typeof startInstallation>[0], routes: readonly LiveRoute[]) {
  return startInstallation(t, { routes })
}
