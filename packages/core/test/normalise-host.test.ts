import t from 'tap'
import { normaliseHost } from '../src/normalise-host.ts'

const GOOD: readonly (readonly [value: string, host: string])[] = [
  ['app.test', 'app.test'],
  ['APP.Test', 'app.test'],
  ['app.test.', 'app.test'],
  ['app.test:8080', 'app.test'],
  ['APP.TEST.:8080', 'app.test'],
  ['app.test:', 'app.test'],
  ['app.test:0', 'app.test'],
  ['app.test:65535', 'app.test'],
  ['localhost', 'localhost'],
  ['pterodactyl_panel', 'pterodactyl_panel'],
  ['_dmarc.app.test', '_dmarc.app.test'],
  ['xn--pp-uia.test', 'xn--pp-uia.test'],
  ['127.0.0.1:3000', '127.0.0.1'],
  ['[::1]', '[::1]'],
  ['[2001:DB8::1]:443', '[2001:db8::1]'],
  ['[::ffff:1.2.3.4]', '[::ffff:1.2.3.4]'],
  [`${'a'.repeat(250)}.xy`, `${'a'.repeat(250)}.xy`],
]

const BAD: readonly string[] = [
  '',
  '.',
  '..',
  ' ',
  ':80',
  'app.test:65536',
  'app.test:080808',
  'app.test:8o',
  'app.test:80:80',
  'app.test, vault.test',
  'app.test vault.test',
  'vault.test@app.test',
  'app.test/../vault.test',
  'app.test?x',
  'app.test#x',
  'app.test\\x',
  'http://app.test',
  'app.test\0.evil',
  'app\ttest',
  'app..test',
  'app.test..',
  '.app.test',
  '-app.test',
  'app.test-',
  'app-.%74est',
  'äpp.test',
  '*.app.test',
  '[::1',
  '::1',
  '[::1]x',
  '[::1]x:80',
  '[app.test]',
  '[::1%eth0]',
  '[]',
  `${'a'.repeat(252)}.xy`,
]

t.test('gives the name a Host value stands for', async (t) => {
  for (const [value, host] of GOOD) t.equal(normaliseHost(value), host, value)
})

t.test('refuses whatever is no single host', async (t) => {
  for (const value of BAD) t.equal(normaliseHost(value), undefined, JSON.stringify(value))
})
