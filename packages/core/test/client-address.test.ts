import t from 'tap'
import { createProxyTrust, normaliseAddress, resolveClientAddress } from '../src/client-address.ts'

t.test('one form for each address', async (t) => {
  const cases: [text: string, address: string | undefined][] = [
    ['1.2.3.4', '1.2.3.4'],
    [' 1.2.3.4\t', '1.2.3.4'],
    ['1.2.3.4:5678', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:0102:0304', '1.2.3.4'],
    ['[::ffff:1.2.3.4]:80', '1.2.3.4'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['::', '::'],
    ['::127.0.0.1', '::7f00:1'],
    ['d800:dc00:d801:dc01::', 'd800:dc00:d801:dc01::'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['', undefined],
    ['unknown', undefined],
    ['_hidden', undefined],
    ['localhost', undefined],
    ['1.2.3', undefined],
    ['1.2.3.4.5', undefined],
    ['01.2.3.4', undefined],
    ['0x7f.1', undefined],
    ['2130706433', undefined],
    ['256.1.1.1', undefined],
    ['1.2.3.4:', undefined],
    ['1.2.3.4:port', undefined],
    ['1.2.3.4%x', undefined],
    ['[1.2.3.4', undefined],
    ['[::1', undefined],
    ['[::1]x', undefined],
    ['[::1]:port', undefined],
    ['::1]', undefined],
    [':::', undefined],
    ['1.1.1.1, 2.2.2.2', undefined],
    ["1.1.1.1' OR 1=1--", undefined],
    ['<script>', undefined],
  ]
  for (const [text, address] of cases) t.equal(normaliseAddress(text), address, JSON.stringify(text))
})

t.test('trusts addresses and CIDRs of both families', async (t) => {
  const trust = createProxyTrust(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1', '::ffff:198.51.100.0/120'])
  for (const address of ['10.0.0.1', '10.255.255.255', '192.0.2.1', '2001:db8:ffff::1', '::1', '198.51.100.7'])
    t.equal(trust.isTrusted(address), true, address)
  for (const address of ['11.0.0.0', '192.0.2.2', '2001:db9::1', '::2', '198.51.101.7', ''])
    t.equal(trust.isTrusted(address), false, address)
})

t.test('an address in 6to4 is not the IPv4 address in it', async (t) => {
  t.equal(createProxyTrust(['10.0.0.0/8']).isTrusted('2002:a00:1::1'), false)
})

t.test('an empty list trusts nobody', async (t) => {
  const trust = createProxyTrust([])
  for (const address of ['127.0.0.1', '::1', '10.0.0.1', '']) t.equal(trust.isTrusted(address), false)
})

t.test('names the entry that is no address or CIDR', async (t) => {
  for (const entry of [
    '',
    'x',
    '10.0.0.0/',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/-1',
    '10.0.0.0/8/9',
    '10.0.0.0/8 ',
    'fe80::1%eth0',
  ])
    t.throws(() => createProxyTrust([entry]), {
      name: 'TypeError',
      message: `trusted_proxies: "${entry}" is no address or CIDR`,
    })
})

t.test('the client is the right-most address that is no trusted proxy', async (t) => {
  const trust = createProxyTrust(['10.0.0.0/8', 'fd00::/8'])
  const cases: { name: string; peer: string; forwardedFor: string[]; client: string }[] = [
    { name: 'an untrusted peer is the client itself', peer: '1.1.1.1', forwardedFor: ['2.2.2.2'], client: '1.1.1.1' },
    { name: 'no header', peer: '10.0.0.1', forwardedFor: [], client: '10.0.0.1' },
    { name: 'one hop', peer: '10.0.0.1', forwardedFor: ['2.2.2.2'], client: '2.2.2.2' },
    { name: 'what the client wrote itself', peer: '10.0.0.1', forwardedFor: ['6.6.6.6, 2.2.2.2'], client: '2.2.2.2' },
    { name: 'a chain of proxies', peer: '10.0.0.1', forwardedFor: ['2.2.2.2, 10.0.0.3, fd00::1'], client: '2.2.2.2' },
    {
      name: 'two header lines are one list',
      peer: '10.0.0.1',
      forwardedFor: ['6.6.6.6', '2.2.2.2, 10.0.0.2'],
      client: '2.2.2.2',
    },
    { name: 'proxies only', peer: '10.0.0.1', forwardedFor: ['10.0.0.3, 10.0.0.2'], client: '10.0.0.3' },
    { name: 'junk ends the walk', peer: '10.0.0.1', forwardedFor: ['2.2.2.2, junk, 10.0.0.2'], client: '10.0.0.2' },
    { name: 'junk at once', peer: '10.0.0.1', forwardedFor: ['2.2.2.2, junk'], client: '10.0.0.1' },
    { name: 'an empty header', peer: '10.0.0.1', forwardedFor: [''], client: '10.0.0.1' },
    { name: 'mapped, with port', peer: '10.0.0.1', forwardedFor: ['::ffff:2.2.2.2, 10.0.0.9:99'], client: '2.2.2.2' },
  ]
  for (const { name, peer, forwardedFor, client } of cases)
    t.equal(resolveClientAddress(peer, forwardedFor, trust), client, name)
})
