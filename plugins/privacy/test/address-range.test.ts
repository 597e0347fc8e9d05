import { formatAddressRange, parseAddressRange } from '@drawbridge/plugin-kit'
import t from 'tap'
import { contains, enumerate, storedRange } from '../src/address-range.ts'

t.test('knows what a masked address stands for', async (t) => {
  const forms: [text: string, range: string | undefined][] = [
    ['203.0.113.xxx', '203.0.113.0/24'],
    ['203.0.xxx.xxx', '203.0.0.0/16'],
    ['203.0.113.0', '203.0.113.0/24'],
    ['203.0.113.7', '203.0.113.7'],
    ['0.0.0.0', '0.0.0.0/0'],
    ['2001:db8:1:2:xxxx:xxxx:xxxx:xxxx', '2001:db8:1:2::/64'],
    ['2001:db8:1:xxxx:xxxx:xxxx:xxxx:xxxx', '2001:db8:1::/48'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1::', '2001:db8:1::/48'],
    ['2001:db8::7', '2001:db8::7'],
    ['::', '::/0'],
    ['[invalid]', undefined],
  ]
  for (const [text, expected] of forms) {
    const range = storedRange(text, true)
    t.equal(range === undefined ? undefined : formatAddressRange(range), expected, text)
  }
  const whole = storedRange('203.0.113.0', false)
  t.equal(whole?.first, whole?.last, 'whole addresses are whole')
})

t.test('a network contains what lies in it altogether, and nothing wider', async (t) => {
  const holds = (outer: string, inner: string) => {
    const [a, b] = [parseAddressRange(outer), storedRange(inner, true)]
    return a !== undefined && b !== undefined && contains(a, b)
  }
  t.ok(holds('203.0.113.0/24', '203.0.113.xxx'))
  t.ok(holds('203.0.112.0/23', '203.0.113.xxx'))
  t.ok(holds('203.0.113.64/26', '203.0.113.65'))
  t.notOk(holds('203.0.113.64/26', '203.0.113.128'))
  t.notOk(holds('203.0.113.0/26', '203.0.113.xxx'), 'a masked address may be one of the others')
  t.notOk(holds('203.0.113.0/26', '203.0.113.0'))
  t.ok(holds('2001:db8::/32', '2001:db8:1:2:xxxx:xxxx:xxxx:xxxx'))
  t.notOk(holds('2001:db8:1::/64', '2001:db8:1::'), 'which may be a masked /48')
  t.notOk(holds('0.0.0.0/0', '2001:db8::1'))
})

t.test('small networks are counted out, IPv6 by /64', async (t) => {
  const list = (text: string) => {
    const range = parseAddressRange(text)
    return range === undefined ? undefined : enumerate(range, 256)
  }
  t.strictSame(list('203.0.113.252/30'), ['203.0.113.252', '203.0.113.253', '203.0.113.254', '203.0.113.255'])
  t.equal(list('203.0.113.0/24')?.length, 256)
  t.equal(list('203.0.112.0/23'), undefined)
  t.strictSame(list('2001:db8:1:2::/63'), ['2001:db8:1:2::', '2001:db8:1:3::'])
  t.equal(new Set(list('2001:db8:1:ff00::/56')).size, 256)
  t.equal(list('2001:db8:1::/48'), undefined)
})
