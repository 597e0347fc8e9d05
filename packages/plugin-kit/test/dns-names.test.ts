import { checkAddressEntries, compileAddressRules, createDnsNames, isDnsName } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'

const settle = () => new Promise((resolve) => setImmediate(resolve))

function followNames(answers: Record<string, readonly string[] | Error>) {
  const clock = createTestClock()
  const lines: string[] = []
  const asked: string[] = []
  const say = (_facts: object, message: string) => lines.push(message)
  const names = createDnsNames({
    clock,
    log: { debug: say, info: say, warn: say, error: say },
    async resolve(name, family) {
      asked.push(`${name}/${family}`)
      const answer = answers[`${name}/${family}`] ?? []
      if (answer instanceof Error) throw answer
      return answer
    },
  })
  return { names, clock, lines, asked, answers }
}

t.test('a name counts as the addresses it has now, and follows them', async (t) => {
  const { names, clock, answers } = followNames({ 'home.test/4': ['203.0.113.7'], 'home.test/6': ['2001:db8:1:2::5'] })
  const rules = compileAddressRules(['10.0.0.0/8', 'Home.test.'], { names, ipv6Prefix: 64 })
  const exact = compileAddressRules(['home.test'], { names, ipv6Prefix: 128 })
  t.equal(rules.has('203.0.113.7'), false, 'nobody before the first answer')
  await rules.settled
  t.same(
    ['10.1.2.3', '203.0.113.7', '2001:db8:1:2::9', '2001:db8:1:3::5', '203.0.113.8', 'x'].map((a) => rules.has(a)),
    [true, true, true, false, false, false],
  )
  t.same(
    ['2001:db8:1:2::5', '2001:db8:1:2::9'].map((a) => exact.has(a)),
    [true, false],
  )
  answers['home.test/4'] = ['198.51.100.1']
  clock.advance(60_000)
  await settle()
  t.same(
    ['203.0.113.7', '198.51.100.1'].map((a) => rules.has(a)),
    [false, true],
  )
})

t.test('the last good answer stays while look-ups fail, and is said once', async (t) => {
  const { names, clock, lines, answers } = followNames({ 'home.test/4': ['203.0.113.7'] })
  const rules = compileAddressRules(['home.test'], { names, ipv6Prefix: 64 })
  await rules.settled
  answers['home.test/4'] = new Error('SERVFAIL')
  clock.advance(180_000)
  await settle()
  t.equal(rules.has('203.0.113.7'), true)
  answers['home.test/4'] = []
  clock.advance(60_000)
  await settle()
  t.equal(rules.has('203.0.113.7'), true, 'a name without addresses fails as well')
  t.equal(lines.length, 1)
  answers['home.test/4'] = ['203.0.113.9']
  clock.advance(60_000)
  await settle()
  t.same(
    ['203.0.113.7', '203.0.113.9'].map((a) => rules.has(a)),
    [false, true],
  )
  t.equal(lines.length, 2)
})

t.test('a name that was never found holds nobody', async (t) => {
  const { names } = followNames({ 'gone.test/4': new Error('NXDOMAIN'), 'gone.test/6': new Error('NXDOMAIN') })
  const rules = compileAddressRules(['gone.test'], { names, ipv6Prefix: 64 })
  await rules.settled
  t.equal(rules.has('203.0.113.7'), false)
})

t.test('a name is looked up once for all who follow it, and no more when nobody does', async (t) => {
  const { names, clock, asked } = followNames({ 'home.test/4': ['203.0.113.7'] })
  const first = compileAddressRules(['home.test'], { names, ipv6Prefix: 64 })
  const second = compileAddressRules(['home.test'], { names, ipv6Prefix: 64 })
  t.equal(asked.length, 2)
  await first.settled
  first.release()
  clock.advance(60_000)
  t.equal(asked.length, 4)
  await settle()
  t.equal(second.has('203.0.113.7'), true)
  second.release()
  clock.advance(60_000)
  t.equal(asked.length, 4)
})

t.test('entries that nobody can read are told with their place', async (t) => {
  for (const name of ['home.test', 'a-b.example.net.', 'localhost', 'pterodactyl_panel.lan', 'xn--bcher-kva.example'])
    t.equal(isDnsName(name), true, name)
  for (const text of [
    '1.2.3.4',
    '1.2.3',
    'a b',
    'http://a.test',
    '-a.test',
    'a..test',
    '',
    'a.test:80',
    '10.0.0.0/33',
    'a/24',
  ])
    t.equal(isDnsName(text), false, text)
  t.match(checkAddressEntries(['10.0.0.0/8', '10.0.0.0/33', 'https://home.test'], ['paths', 0, 'allow']), [
    { severity: 'error', path: ['paths', 0, 'allow', 1], message: '"10.0.0.0/33" is no address, CIDR or DNS name' },
    { path: ['paths', 0, 'allow', 2] },
  ])
})
