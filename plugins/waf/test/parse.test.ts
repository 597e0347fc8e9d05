import t from 'tap'
import { looksLikeForm, parseForm } from '../src/parse/form.ts'
import { parseJson } from '../src/parse/json.ts'
import { boundaryOf, parseMultipart } from '../src/parse/multipart.ts'
import type { ValueSink } from '../src/parse/value-sink.ts'
import { parseXml } from '../src/parse/xml.ts'

class Collected implements ValueSink {
  readonly all: string[] = []

  name(text: string, start: number, end: number): void {
    this.all.push(`${text.slice(start, end)}:`)
  }

  value(text: string, start: number, end: number, isForm: boolean): void {
    this.all.push(text.slice(start, end) + (isForm ? '%' : ''))
  }
}

t.test('a form becomes names and values, marked where they are coded', async (t) => {
  t.strictSame(form('a=1&b=x%20y&&c&=d&e='), ['a:', '1', 'b:', 'x%20y%', ':', 'c', ':', 'd', 'e:', ''])
  t.strictSame(form(''), [])
  t.ok(looksLikeForm('a=1&b[]=2', { start: 0, end: 9 }, 2))
  t.notOk(looksLikeForm("1' or 1=1&x", { start: 0, end: 11 }, 2), 'a name with a quote is none')
})

t.test('JSON becomes keys and strings, escapes undone', async (t) => {
  t.strictSame(json('{"a":"b","c":[1,"d",{"e":null,"f":"g\\"\\u0068"}],"i":true}'), [
    'a:',
    'b',
    'c:',
    'd',
    'e:',
    'f:',
    'g"h',
    'i:',
  ])
  t.strictSame(json('"bare"'), ['bare'])
  t.strictSame(json('["\\"a","b\\\\"]'), ['"a', 'b\\'], 'escapes at both ends')
})

t.test('what is no JSON says so, and hands over what it had', async (t) => {
  for (const text of [
    '{"a":"b"',
    '{a:"b"}x<',
    '["a"]]',
    '{"a":"b',
    '{} union select',
    '[1] or 1',
    '{{config}}',
    `${'['.repeat(100)}${']'.repeat(100)}`,
  ]) {
    t.notOk(parseJson(text, { start: 0, end: text.length }, new Collected()), text.slice(0, 20))
  }
})

t.test('JSON holds numbers, true, false and null, and several documents may follow each other', async (t) => {
  for (const text of ['[1, -2.5e+3, 1E9, true, false, null]', '{"a":1}\n{"b":[]}\n', '[] []'])
    t.ok(parseJson(text, { start: 0, end: text.length }, new Collected()), text)
})

t.test('multipart becomes names, file names and fields, without the contents of files', async (t) => {
  const boundary = boundaryOf('multipart/form-data; boundary="x y"')
  t.equal(boundary, 'x y')
  const body = [
    '--x y\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\ntwo\r\n',
    '--x y\r\nContent-Disposition: form-data; name="f"; filename="../x.txt"\r\nContent-Type: text/plain\r\n\r\n<script>\r\n',
    '--x y\r\nno head at all\r\n--x y--\r\n',
  ].join('')
  const sink = new Collected()
  parseMultipart(body, boundary, sink)
  t.strictSame(sink.all, ['a:', 'one\r\ntwo', 'f:', '../x.txt', ':', '\r\nno head at all'])
})

t.test('a multipart body without its boundary is one text', async (t) => {
  const sink = new Collected()
  parseMultipart('a text', 'x', sink)
  t.strictSame(sink.all, ['a text'])
})

t.test('XML becomes texts and attributes', async (t) => {
  const text = `<?xml version="1.0"?><a b='c'>d<![CDATA[<e>]]></a><open f="g`
  const sink = new Collected()
  parseXml(text, { start: 0, end: text.length }, sink)
  t.strictSame(sink.all, ['1.0', 'c', 'd', '<e>', 'g'])
})

function form(text: string): string[] {
  const sink = new Collected()
  parseForm(text, { start: 0, end: text.length }, sink)
  return sink.all
}

function json(text: string): string[] {
  const sink = new Collected()
  parseJson(text, { start: 0, end: text.length }, sink)
  return sink.all
}
