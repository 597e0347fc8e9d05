import { isIP } from 'node:net'
import { noPseudonyms } from '@drawbridge/plugin-kit'
import t from 'tap'
import { readCorpus } from './support/corpus.ts'
import { makeRedactor } from './support/make-redactor.ts'

interface AddressRow {
  readonly ip: string
  readonly valid: boolean
  readonly expect?: string
  readonly last_octet?: string
  readonly net24?: string
  readonly first4groups?: string
  readonly net64?: string
  readonly net48?: string
}

const rows = readCorpus<AddressRow>('ip_anonymisation.jsonl')
/** Its /64 holds the whole IPv4 address of a 6to4 router: kept are 40 bits, as the corpus itself advises. */
const SIX_TO_FOUR = '2002:cb00:712d::1'

if (rows === undefined) {
  t.test('masks the corpus', { skip: 'it is not here: ../shared/corpora/ip_anonymisation.jsonl' }, async () => {})
} else {
  t.test('shows every address of the corpus with its last octet or half masked', async (t) => {
    const redactor = makeRedactor()
    for (const row of rows) t.equal(redactor.address(row.ip), row.expect ?? row.last_octet ?? row.first4groups, row.ip)
  })

  t.test('shows every address of the corpus zeroed, and for programs always', async (t) => {
    for (const [prefix, of] of [
      [64, (row: AddressRow) => (row.ip === SIX_TO_FOUR ? row.net48 : row.net64)],
      [48, (row: AddressRow) => row.net48],
    ] as const) {
      const zeroed = makeRedactor({ mask_ip_method: 'zero', mask_ipv6_prefix: prefix })
      const masked = makeRedactor({ mask_ipv6_prefix: prefix })
      for (const row of rows) {
        t.equal(zeroed.address(row.ip), row.expect ?? row.net24 ?? of(row), `${row.ip} /${prefix}`)
        t.equal(masked.parsableAddress(row.ip), row.valid ? (row.net24 ?? of(row)) : '0.0.0.0', `${row.ip} /${prefix}`)
      }
    }
  })

  t.test('lets no address of the corpus stand in a sentence, a path, a query or a referrer', async (t) => {
    const redactor = makeRedactor()
    const isHarmless = ({ ip, valid }: AddressRow) => !valid || ['0.0.0.0', '::', '::1'].includes(ip)
    for (const { ip } of rows.filter((row) => !isHarmless(row))) {
      const bare = ip.replace(/^\[|\].*$|%.*$/g, '').replace(/^([\d.]+):\d+$/, '$1')
      const encoded = encodeURIComponent(ip)
      for (const shown of [
        redactor.text(`from ${ip}.`),
        redactor.text(`{"ip":"${ip}"}`),
        redactor.path(`/hosts/${ip}/x`),
        redactor.query(`a=${ip}&b=${encoded}`),
        redactor.referrer(`https://a.test/${encoded}`),
      ])
        t.notOk(shown.toLowerCase().includes(bare.toLowerCase()) || shown.includes(encoded), `${ip}: ${shown}`)
    }
  })
}

t.test('masks half of what is left of an IPv6 address where /48 is asked for', async (t) => {
  const redactor = makeRedactor({ mask_ipv6_prefix: 48 })
  t.equal(redactor.address('2001:db8:85a3:8d3::1'), '2001:db8:85a3:xxxx:xxxx:xxxx:xxxx:xxxx')
})

t.test('shows the pseudonym of the day for `hash`, and a masked address where there is none', async (t) => {
  const redactor = makeRedactor({ mask_ip_method: 'hash' })
  t.equal(redactor.address('203.0.113.45'), '<203.0.113.45>')
  t.equal(redactor.address('[::ffff:203.0.113.45]:80'), '<203.0.113.45>', 'one person, however written')
  t.equal(redactor.parsableAddress('203.0.113.45'), '203.0.113.0')
  t.equal(redactor.address('nobody'), '[invalid]')
  t.equal(redactor.text('from 203.0.113.45'), 'from 203.0.113.xxx', 'text is remembered longer than a day')
  t.equal(makeRedactor({ mask_ip_method: 'hash' }, noPseudonyms).address('203.0.113.45'), '203.0.113.xxx')
})

t.test(
  'shows whole addresses for `full` and without masking, in one form, and still none that is invalid',
  async (t) => {
    for (const raw of [{ mask_ip_method: 'full' }, { mask_pii: false }]) {
      const redactor = makeRedactor(raw)
      for (const [address, shown] of [
        ['203.0.113.45:80', '203.0.113.45'],
        ['::FFFF:203.0.113.45', '203.0.113.45'],
        ['2001:DB8:0:0::1', '2001:db8::1'],
        ['<script>', '[invalid]'],
      ] as const)
        t.equal(redactor.address(address), shown)
      t.equal(redactor.parsableAddress('203.0.113.45'), '203.0.113.45')
      t.equal(redactor.text('from 203.0.113.45'), 'from 203.0.113.45')
    }
  },
)

t.test('gives one pseudonym to all spellings of an address, and none to what is no address or by choice', async (t) => {
  const redactor = makeRedactor()
  for (const spelling of ['203.0.113.45', '203.0.113.45:51234', '::ffff:203.0.113.45', '::ffff:cb00:712d'])
    t.equal(redactor.pseudonym(spelling), '<203.0.113.45>')
  t.equal(redactor.pseudonym('unknown'), '')
  t.equal(makeRedactor({ pseudonyms: false }).pseudonym('203.0.113.45'), '')
})

t.test('asks for the pseudonym every time: it changes with the day', async (t) => {
  let day = 1
  const redactor = makeRedactor({}, { ...noPseudonyms, of: () => `day ${day}` })
  t.equal(redactor.pseudonym('203.0.113.45'), 'day 1')
  day = 2
  t.equal(redactor.pseudonym('203.0.113.45'), 'day 2')
})

t.test('gives programs an address that they can read, whatever it gets', async (t) => {
  const redactor = makeRedactor()
  for (const text of [
    '',
    'x',
    '1.2.3.4',
    '::',
    '[::1',
    '999.1.1.1',
    '1'.repeat(1000),
    '2002::1',
    'fe80::1%x',
    '%',
    '\0',
  ])
    t.not(isIP(redactor.parsableAddress(text)), 0, text)
})

for (const [text, shown] of [
  ['connect ECONNREFUSED 10.0.0.5:3000', 'connect ECONNREFUSED 10.0.0.xxx:3000'],
  ['from ::ffff:203.0.113.45, port 80', 'from 203.0.113.xxx, port 80'],
  ['[2001:db8::1]:443 closed', '[2001:db8:0:0:xxxx:xxxx:xxxx:xxxx]:443 closed'],
  ['client:2001:db8::1: gone', 'client:2001:db8:0:0:xxxx:xxxx:xxxx:xxxx: gone'],
  ['fe80::1%eth0', 'fe80:0:0:0:xxxx:xxxx:xxxx:xxxx%eth0'],
  ['203.0.113.45,198.51.100.7', '203.0.113.xxx,198.51.100.xxx'],
  ['10.0.0.1..10.0.0.9', '10.0.0.xxx..10.0.0.xxx'],
  ['203.0.113.45.443 > x', '203.0.113.xxx.443 > x'],
  ['host203.0.113.45', 'host203.0.113.xxx'],
  ['%20203.0.113.45', '%20203.0.113.xxx'],
  ['203.0.113.45.dsl.example.net', '203.0.113.xxx.dsl.example.net'],
  ['line\\n2001:db8::1', 'line\\n2001:db8:0:0:xxxx:xxxx:xxxx:xxxx'],
  ['010.000.000.005', '10.0.0.xxx'],
  ['2001:db8:0:0:0:0:0:1:443', '[address]'],
  ['2001:db8::12345', '[address]'],
] as const)
  t.test(`finds the address in: ${text}`, async (t) => t.equal(makeRedactor().text(text), shown))

for (const text of [
  'listening on http://127.0.0.1:9900 and http://[::]:8080',
  'bound to 0.0.0.0, ::1 and 0:0:0:0:0:0:0:1',
  'version 1.2.3.4, v1.2.3.4 and 1.3.6.1.4.1.311',
  'at 12:34:56 on 2026-11-23T10:00:00.123Z',
  'Foo::Bar, std::string, aa:bb:cc:dd:ee:ff and 300.1.1.1',
  'fingerprint 12:34:56:78:9A:BC:DE:F0:12:34:56:78:9A:BC:DE:F0:12:34:56:78',
  'request 0190f8a2-7d3e-7b8a-9c4d-1a2b3c4d5e6f took 12.5 ms',
])
  t.test(`takes nothing out of: ${text}`, async (t) => t.equal(makeRedactor().text(text), text))
