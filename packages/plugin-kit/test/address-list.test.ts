import { addressKey, clientKey, compileAddressList, networkOf, parseAddressRange } from '@drawbridge/plugin-kit'
import t from 'tap'

t.test('a list holds the addresses of its entries and no others', async (t) => {
  const cases: [entries: string[], held: string[], others: string[]][] = [
    [['203.0.113.7'], ['203.0.113.7', '::ffff:203.0.113.7', '::ffff:cb00:7107'], ['203.0.113.6', '203.0.113.8']],
    [['10.0.0.0/8'], ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
    [['192.168.7.9/23'], ['192.168.6.0', '192.168.7.255'], ['192.168.5.255', '192.168.8.0']],
    [['0.0.0.0/0'], ['0.0.0.0', '255.255.255.255'], ['::', '2001:db8::1']],
    [['::/0'], ['::', '2001:db8::1'], ['1.2.3.4', '::ffff:1.2.3.4']],
    [['2001:db8::/33'], ['2001:DB8:7fff::1', '2001:db8::'], ['2001:db8:8000::', '2001:db9::']],
    [['::ffff:10.0.0.0/104'], ['10.1.2.3'], ['11.0.0.0', '::a00:1', '::10.1.2.3']],
    [['10.0.0.0/9', '10.128.0.0/9', '10.3.0.0/16'], ['10.127.255.255', '10.128.0.0'], ['11.0.0.0']],
    [[], [], ['1.2.3.4', '::1']],
  ]
  for (const [entries, held, others] of cases) {
    const list = compileAddressList(entries)
    for (const address of held) t.equal(list.has(address), true, `${entries} holds ${address}`)
    for (const address of others) t.equal(list.has(address), false, `${entries} does not hold ${address}`)
  }
})

t.test('what is no address is in no list, and makes none', async (t) => {
  const everything = compileAddressList(['0.0.0.0/0', '::/0'])
  const texts = [
    '',
    'x',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    '1..2.3',
    '1.2.3.4:80',
    '[::1]',
    'fe80::1%eth0',
    '127.1',
    '0x7f.0.0.1',
  ]
  for (const text of texts) {
    t.equal(everything.has(text), false, text)
    t.equal(addressKey(text), undefined, text)
  }
  for (const text of ['10.0.0.0/33', '::/129', '10.0.0.0/', '/8', '10.0.0.0/-1', '::ffff:0:0/64', 'a.test'])
    t.equal(parseAddressRange(text), undefined, text)
  t.throws(() => compileAddressList(['10.0.0.1', '10.0.0.0/33']), /"10\.0\.0\.0\/33" is no address or CIDR/)
})

t.test('a list of many ranges answers as a look at each of them would', async (t) => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  const entries = Array.from({ length: 500 }, () => `${random(4)}.${random(256)}.${random(256)}.0/${16 + random(17)}`)
  const list = compileAddressList(entries)
  const singles = entries.map((entry) => compileAddressList([entry]))
  for (let i = 0; i < 2000; i += 1) {
    const address = `${random(4)}.${random(256)}.${random(256)}.${random(256)}`
    t.equal(
      list.has(address),
      singles.some((single) => single.has(address)),
      address,
    )
  }
  t.ok(list.size <= 500)
})

t.test('the network of an IPv6 address is as wide as asked, that of an IPv4 address the address', async (t) => {
  t.same(networkOf('2001:db8:1:2:3::4', 64), parseAddressRange('2001:db8:1:2::/64'))
  t.same(networkOf('203.0.113.7', 64), parseAddressRange('203.0.113.7'))
  t.equal(networkOf('x', 64), undefined)
})

t.test('every way to write an IPv6 address is the same address', async (t) => {
  for (const [short, ...others] of [
    ['::', '0::', '::0', '0:0:0:0:0:0:0:0', '::0.0.0.0'],
    ['::1', '0:0:0:0:0:0:0:1', '0000::0001', '::0.0.0.1'],
    ['1::', '1::0.0.0.0', '1:0::', '1:0:0:0:0:0:0:0', '1::0'],
    ['2001:db8::a:b', '2001:DB8:0:0:0:0:A:B', '2001:0db8::000a:000B', '2001:db8::0.10.0.11'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:0.7.0.8', '0001:0002:0003:0004:0005:0006:0007:0008'],
    ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:c000:201', '0:0:0:0:0:ffff:c000:0201'],
  ] as const) {
    const key = addressKey(short)
    t.type(key, 'string', short)
    for (const other of others) t.equal(addressKey(other), key, other)
  }
  t.not(addressKey('1::2'), addressKey('1:2::'))
})

t.test('one client is an IPv4 address, or all of an IPv6 /64', async (t) => {
  const keyOf = (address: string) => clientKey(addressKey(address))
  t.equal(keyOf('203.0.113.7'), addressKey('203.0.113.7'))
  t.equal(keyOf('::ffff:203.0.113.7'), keyOf('203.0.113.7'))
  t.equal(keyOf('2001:db8:1:2::1'), keyOf('2001:db8:1:2:ffff::9'))
  t.not(keyOf('2001:db8:1:2::1'), keyOf('2001:db8:1:3::1'))
  t.equal(keyOf('nobody'), '')
})
