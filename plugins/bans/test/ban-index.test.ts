import { type Ban, BanIndex } from '@drawbridge/plugin-bans'
import t from 'tap'
import { toNetwork } from '../src/network.ts'

let lastId = 0

function makeBan(address: string, route = '', expiresAt = 1000): Ban {
  const network = toNetwork(address)
  if (network === undefined) throw new Error(address)
  lastId += 1
  return {
    id: lastId,
    network,
    route,
    createdAt: 0,
    expiresAt,
    by: 'test',
    rule: '',
    reason: '',
    requestIds: [],
    count: 1,
  }
}

t.test('networks are written in one form', async (t) => {
  for (const [written, canonical] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['203.0.113.77/24', '203.0.113.0/24'],
    ['203.0.113.7/32', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::/64'],
    ['2001:0DB8:0:0:1:2:3:4', '2001:db8::/64'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['2001:db8:1:2:3::/48', '2001:db8:1::/48'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
  ] as const)
    t.equal(toNetwork(written)?.text, canonical, written)
  for (const bad of ['', 'a.test', '203.0.113.7/33', '203.0.113', 'fe80::1%eth0', '1/2/3']) t.notOk(toNetwork(bad), bad)
})

t.test('finds addresses, /64s and wider networks, of the route and of all, until they end', async (t) => {
  const index = new BanIndex()
  for (const ban of [
    makeBan('203.0.113.7'),
    makeBan('2001:db8::1', 'a.test'),
    makeBan('198.51.100.0/24'),
    makeBan('2001:db8:5::/48', 'a.test'),
    makeBan('2001:db8:6::5/128'),
  ])
    index.put(ban)
  for (const [address, route, now, isBanned] of [
    ['203.0.113.7', 'a.test', 0, true],
    ['203.0.113.7', '', 0, true],
    ['203.0.113.7', 'a.test', 1000, false],
    ['203.0.113.8', 'a.test', 0, false],
    ['2001:db8::9:9:9:9', 'a.test', 0, true],
    ['2001:db8::9:9:9:9', 'b.test', 0, false],
    ['198.51.100.200', 'b.test', 999, true],
    ['198.51.100.200', 'b.test', 1000, false],
    ['2001:db8:5:ff::1', 'a.test', 0, true],
    ['2001:db8:5:ff::1', 'b.test', 0, false],
    ['2001:db8:6::5', 'b.test', 0, true],
    ['2001:db8:6::6', 'b.test', 0, false],
    ['', 'a.test', 0, false],
  ] as const)
    t.equal(index.find(address, route, now) !== undefined, isBanned, `${address} ${route} ${now}`)
})

t.test('a ban takes the place of the one before, and goes when it is deleted', async (t) => {
  const index = new BanIndex()
  for (const address of ['203.0.113.7', '203.0.113.0/24']) {
    index.put(makeBan(address, '', 10))
    const later = makeBan(address, '', 20)
    index.put(later)
    t.equal(index.find('203.0.113.7', 'a.test', 15), later)
    index.delete(later)
    t.equal(index.find('203.0.113.7', 'a.test', 15), undefined)
  }
  t.ok(index.isEmpty)
})

t.test(
  'networks within each other are told apart, also when some of them are over or the clock is set back',
  async (t) => {
    const index = new BanIndex()
    const wide = makeBan('203.0.0.0/16', '', 1000)
    const narrow = makeBan('203.0.113.0/24', 'a.test', 2000)
    const other = makeBan('203.1.0.0/16', '', 2000)
    for (const ban of [other, narrow, wide]) index.put(ban)
    t.equal(index.find('203.0.113.7', 'a.test', 500), wide)
    t.equal(index.find('203.0.113.7', 'a.test', 1000), narrow, 'the other one is over')
    index.refresh(1000)
    t.equal(index.find('203.0.113.7', 'a.test', 1000), narrow)
    t.equal(index.find('203.0.113.7', 'b.test', 1000), undefined)
    t.equal(index.find('203.0.5.7', 'a.test', 1000), undefined)
    t.equal(index.find('203.1.255.255', 'a.test', 1000), other)
    t.equal(index.find('203.0.5.7', 'a.test', 500), wide, 'in force again')
  },
)
