import type { Random } from './random.ts'

// What parsers disagree about.
const FRAGMENTS = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '"',
  '\x0b',
  '\x85',
  '\xa0',
  '\xff',
  '0',
  '1',
  '+',
  '-',
  '0x',
  'chunked',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Connection: close\r\n',
  'Expect: 100-continue\r\n',
  '0\r\n\r\n',
  '5;x=y\r\nabcde\r\n',
  'GET /extra HTTP/1.1\r\nHost: app.test\r\n\r\n',
  'HTTP/1.0',
  'HTTP/1.1 ',
]

type Operation = (random: Random, text: string, other: string) => string

/** A changed copy of one of the texts (one character a byte): one to three small wounds, mostly one. */
export function mutate(random: Random, texts: readonly string[]): string {
  let text = random.pick(texts)
  for (let wounds = random.pick([1, 1, 1, 2, 3]); wounds > 0; wounds -= 1) {
    text = random.pick(OPERATIONS)(random, text, random.pick(texts))
  }
  return text
}

const flipBit: Operation = (random, text) => {
  if (text === '') return text
  const at = random.int(text.length)
  const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << random.int(8)))
  return text.slice(0, at) + flipped + text.slice(at + 1)
}

const insert: Operation = (random, text) => {
  const at = random.int(text.length + 1)
  return text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(at)
}

const insertByte: Operation = (random, text) => {
  const at = random.int(text.length + 1)
  return text.slice(0, at) + String.fromCharCode(random.int(256)) + text.slice(at)
}

const remove: Operation = (random, text) => {
  const at = random.int(text.length + 1)
  return text.slice(0, at) + text.slice(at + 1 + random.int(8))
}

const truncate: Operation = (random, text) => text.slice(0, random.int(text.length + 1))

const doubleLine: Operation = (random, text) => {
  const lines = text.split('\r\n')
  const at = random.int(lines.length)
  return lines.toSpliced(at, 0, lines[at] ?? '').join('\r\n')
}

const moveLine: Operation = (random, text) => {
  const lines = text.split('\r\n')
  const [line = ''] = lines.splice(random.int(lines.length), 1)
  return lines.toSpliced(random.int(lines.length + 1), 0, line).join('\r\n')
}

const splice: Operation = (random, text, other) => {
  const head = text.split('\r\n')
  const tail = other.split('\r\n')
  return [...head.slice(0, random.int(head.length + 1)), ...tail.slice(random.int(tail.length))].join('\r\n')
}

const changeDigit: Operation = (random, text) => {
  const places = [...text.matchAll(/\d/g)].map((match) => match.index)
  if (places.length === 0) return text
  const at = random.pick(places)
  return text.slice(0, at) + String(random.int(10)) + text.slice(at + 1)
}

const append: Operation = (_random, text, other) => text + other

const OPERATIONS: readonly Operation[] = [
  flipBit,
  insert,
  insert,
  insertByte,
  remove,
  truncate,
  doubleLine,
  moveLine,
  splice,
  changeDigit,
  append,
]
