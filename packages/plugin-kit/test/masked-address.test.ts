import { commonStart, formatAddressRange, parseAddressRange, parseMaskedAddress } from '@drawbridge/plugin-kit'
import t from 'tap'

t.test('reads addresses and networks of both families in one form', async (t) => {
  const forms: [text: string, canonical: string | undefined][] = [
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7/24', '203.0.113.0/24'],
    ['203.0.113.7/32', '203.0.113.7'],
    ['10.1.2.3/0', '0.0.0.0/0'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:db8:1:2:3::/64', '2001:db8:1:2::/64'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7/120', '203.0.113.0/24'],
    ['203.0.113.7/33', undefined],
    ['203.0.113.7/-1', undefined],
    ['203.0.113.7/', undefined],
    ['203.0.113.7/8/8', undefined],
    ['127.1', undefined],
    ['0177.0.0.1', undefined],
    ['fe80::1%eth0', undefined],
    ['203.0.113.xxx', undefined],
    ['', undefined],
  ]
  for (const [text, canonical] of forms) {
    const range = parseAddressRange(text)
    t.equal(range === undefined ? undefined : formatAddressRange(range), canonical, text)
  }
})

t.test('knows what a masked address stands for', async (t) => {
  const forms: [text: string, range: string | undefined][] = [
    ['203.0.113.xxx', '203.0.113.0/24'],
    ['203.0.xxx.xxx', '203.0.0.0/16'],
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:xxxx:xxxx:xxxx:xxxx', '2001:db8:1:2::/64'],
    ['2001:0:0:xxxx:xxxx:xxxx:xxxx:xxxx', '2001::/48'],
    ['2001:db8::7', '2001:db8::7'],
    ['xxx.xxx.xxx.xxx', undefined],
    ['xxx', undefined],
    ['[invalid]', undefined],
  ]
  for (const [text, expected] of forms) {
    const range = parseMaskedAddress(text)
    t.equal(range === undefined ? undefined : formatAddressRange(range), expected, text)
  }
})

t.test('the text that SQL looks for is at the beginning of every form', async (t) => {
  const forms: [range: string, text: string][] = [
    ['203.0.113.0/24', '203.0.113.'],
    ['203.0.113.0/26', '203.0.113.'],
    ['203.0.112.0/23', '203.0.'],
    ['0.0.0.0/0', ''],
    ['2001:db8:1:2::/64', '2001:db8:1:2:'],
    ['2001:db8:0:2::/64', '2001:db8:'],
    ['2001:db8::/33', '2001:db8:'],
    ['::/16', ''],
  ]
  for (const [text, expected] of forms) {
    const range = parseAddressRange(text)
    t.equal(range === undefined ? undefined : commonStart(range), expected, text)
  }
  t.equal(
    commonStart(
      { first: '\u2001\u0db8\u0001\u0002\0\0\0\0', last: '\u2001\u0db8\u0001\u0002\uffff\uffff\uffff\uffff' },
      2,
    ),
    '2001:db8:',
  )
})
