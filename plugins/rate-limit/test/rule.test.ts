import { addressKey, clientKey } from '@drawbridge/plugin-kit'
import { Rule, toShape } from '@drawbridge/plugin-rate-limit'
import t from 'tap'

function makeRule(most: number) {
  const budget = { used: 0, most }
  const identity = { routeHost: 'a.test', name: 'per_ip', shape: toShape(2, 60_000, 0), routeId: () => 1 }
  const rule = new Rule(identity, { budget, onNewEntry() {} })
  const send = (address: string, now: number) => {
    const window = rule.entryOf(clientKey(addressKey(address)), address).window(rule.shape)
    const isIn = window.waitMs(now) === 0
    if (isIn) window.take(now)
    return isIn
  }
  return { rule, budget, send }
}

const sprayed = (i: number) => `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::${i.toString(16)}`

t.test('a spray of IPv6 networks takes bounded room and frees no attacker', async (t) => {
  const { rule, budget, send } = makeRule(5000)
  const attacker = '198.51.100.7'
  t.ok(send(attacker, 0))
  t.ok(send(attacker, 0))
  for (let i = 0; i < 300_000; i += 1) send(sprayed(i), 1)
  t.ok(rule.size < 5000, `${rule.size} entries`)
  t.equal(budget.used, rule.size)
  t.notOk(send(attacker, 2), 'the attacker is still over the limit')
  for (let i = 0; i < 40_000; i += 1) send(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 3)
  t.ok(rule.size <= 5000 + 2 * 4096, `${rule.size} entries`)
  t.notOk(send(attacker, 4), 'and remains so')
})

t.test('what counts no more is forgotten, and the room is free again', async (t) => {
  const { rule, budget, send } = makeRule(1000)
  for (let i = 0; i < 5000; i += 1) send(`10.0.${i >> 8}.${i & 255}`, 0)
  for (let turn = 0; turn < 20; turn += 1) rule.sweep(60_000, 1000)
  t.equal(rule.size, 0)
  t.equal(budget.used, 0)
  t.ok(send('10.0.0.1', 60_000))
})

t.test('somebody who shared a count does not begin anew with one of their own', async (t) => {
  const { send } = makeRule(1)
  t.ok(send('203.0.113.1', 0))
  t.ok(send('203.0.113.2', 0), 'shared, for want of room')
  t.ok(send('203.0.113.2', 0))
  t.notOk(send('203.0.113.2', 1))
})

t.test('an IPv6 /64 is one client, whatever is written behind it', async (t) => {
  const { send } = makeRule(100)
  t.ok(send('2001:db8::1', 0))
  t.ok(send('2001:db8::ffff:1', 0))
  t.notOk(send('2001:db8:0:0:9::1', 0))
  t.ok(send('2001:db8:0:1::1', 0))
  t.ok(send('::ffff:192.0.2.1', 0))
  t.ok(send('192.0.2.1', 0))
  t.notOk(send('192.0.2.1', 0), 'an IPv4 address is one in both forms')
})
