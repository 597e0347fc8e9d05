import t from 'tap'
import { createUserAgents } from '../src/user-agents.ts'

const AGENTS = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'browser/Firefox'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'browser/Chrome',
  ],
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'bot/Googlebot'],
  ['curl/8.5.0', 'tool/curl'],
  ['python-requests/2.32.0', 'tool/python-requests'],
  ['Bitwarden_Mobile/2026.1.0 (release/standard) (Android 15; SDK 35; Model Pixel 9)', 'app/Bitwarden_Mobile'],
  ['', ''],
] as const

for (const [text, expected] of AGENTS)
  t.test(`${text || 'no user agent'} is ${expected || 'unknown'}`, async (t) =>
    t.equal(createUserAgents().classify(text, 1), expected),
  )

t.test('a flood of new user agents is not judged, those known still are', async (t) => {
  const agents = createUserAgents()
  agents.classify('curl/8.5.0', 1)
  for (let i = 0; i < 500; i += 1) agents.classify(`made-up/${i}`, 1)
  t.equal(agents.classify('made-up/again', 1), '')
  t.equal(agents.classify('curl/8.5.0', 1), 'tool/curl')
  t.equal(agents.classify('made-up/again', 2), 'app/made-up', 'the next second they are')
})

t.test('64 KiB are no trouble', async (t) => {
  t.equal(createUserAgents().classify(`thing/${'x'.repeat(65_536)}`, 1), 'app/thing')
})
