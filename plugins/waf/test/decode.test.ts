import t from 'tap'
import { createBase64Decoder } from '../src/decode/base64.ts'
import { toJoinedView } from '../src/decode/joined-view.ts'
import { LayerDecoder } from '../src/decode/layer.ts'
import { toPathView } from '../src/decode/path-view.ts'

const decoder = new LayerDecoder()
const decode = (text: string, plusIsBlank = false) => decoder.decode(text, { start: 0, end: text.length, plusIsBlank })

t.test('takes off one layer of any coding', async (t) => {
  const cases: [string, string][] = [
    ['%3Cscript%3E', '<script>'],
    ['%253C', '%3C'],
    ['%u003cx%u003E', '<x>'],
    ['&lt;x&gt; &#60;&#x3c; &lpar;', '<x> << ('],
    ['&ltx', '<x'],
    [String.raw`\u003cx\x3e`, '<x>'],
    ['un\u200bion', 'union'],
    ['\uff1cscript\uff1e', '<script>'],
    ['%c3%a4%e2%82%ac', 'ä€'],
    ['50 % of &c; and C:\\dir', '50 % of &c; and C:\\dir'],
  ]
  for (const [coded, plain] of cases) t.equal(decode(coded), plain, coded)
  t.equal(decode('a+b', true), 'a b')
  t.equal(decode('a+b'), 'a+b')
})

t.test('reads overlong UTF-8 as careless servers do, and says so', async (t) => {
  for (const coded of [
    '%c0%ae%c0%ae%c0%af',
    '%e0%80%ae%e0%80%ae%e0%80%af',
    '%c0%ae%c0%ae%c1%af',
    '%f8%80%80%80%ae.%c0%af',
  ]) {
    t.equal(decode(coded), '../', coded)
    t.ok(decoder.isEvasive, coded)
  }
  t.equal(decode('%2e%2e/'), '../')
  t.notOk(decoder.isEvasive)
})

t.test('marks bytes that are no UTF-8 and goes on behind them', async (t) => {
  t.equal(decode('a%ffb%c3'), 'a\ufffdb\ufffd')
  t.equal(decode('%'), '%')
  t.equal(decode('%4'), '%4')
})

t.test('decodes Base64 of text only', async (t) => {
  const decodeBase64 = createBase64Decoder()
  const all = (text: string) => decodeBase64(text, 0, text.length)
  const coded = Buffer.from("1' OR '1'='1 >>>").toString('base64')
  t.equal(all(coded), "1' OR '1'='1 >>>")
  t.equal(all(coded.replace(/=+$/, '')), "1' OR '1'='1 >>>", 'without padding')
  t.equal(
    all(Buffer.from('select ~~~>>>').toString('base64').replaceAll('+', ' ')),
    'select ~~~>>>',
    'plus turned into a blank',
  )
  t.equal(all(Buffer.from('select ~~~>>>').toString('base64url')), 'select ~~~>>>', 'URL-safe')
  t.equal(all('0f9a3c1be7d5408a'), '', 'a random token is no text')
  t.equal(all('short'), '')
  t.equal(all('plain words!'), '')
})

t.test('shows what odd codings may mean in a path', async (t) => {
  t.equal(toPathView('0x2e0x2e0x2fetc'), '../etc')
  t.equal(toPathView('..%qfetc%qfpasswd'), '../etc/passwd')
  t.equal(toPathView('..2fetc2fpasswd'), '../etc/passwd')
  t.equal(toPathView('plain/path'), '', 'nothing odd, no view')
})

t.test('joins words that were split to hide them', async (t) => {
  t.equal(toJoinedView('un/**/ion sel/*x*/ect'), 'union select')
  t.equal(toJoinedView('al<x>ert(1)'), 'alert(1)')
})
