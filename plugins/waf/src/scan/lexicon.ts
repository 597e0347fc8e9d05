import { WORD_LISTS } from './word-lists.ts'

/** What a word or sign may start; one bit each, so that one look-up tells which detectors to ask. */
export const FAMILY = {
  /** Begins a statement, clause or condition of SQL. */
  sql: 1,
  html: 2,
  script: 4,
  shell: 8,
  path: 16,
  /** Worth a look whatever follows; other words need a sign behind them. */
  alone: 32,
  code: 64,
  address: 128,
  query: 256,
  header: 512,
  sqlFunction: 1024,
  sqlStrong: 2048,
  sqlSystem: 4096,
  /** Elements that load or run something. */
  tagHard: 8192,
  /** Commands that are no words of prose. */
  command: 16384,
  /** `http` and `https`: only in front of addresses of machines themselves. */
  web: 32768,
} as const

const SIZE = 8192
const hashes = new Int32Array(SIZE)
const slots = new Int16Array(SIZE).fill(-1)

/** Every known word, lower case; its place is its number. */
export const WORDS: readonly string[] = [...new Set(Object.values(WORD_LISTS).flatMap(split))]

/** The {@link FAMILY} bits of the word with that number. */
export const FAMILIES = new Int32Array(WORDS.length)

for (const [name, list] of Object.entries(WORD_LISTS)) {
  for (const word of split(list))
    FAMILIES[WORDS.indexOf(word)] = (FAMILIES[WORDS.indexOf(word)] ?? 0) | familyBits(name)
}
for (const [number, word] of WORDS.entries()) enter(number, word)

/** The number of a word, found once when a module loads; unknown words are a mistake in the code. */
export function wordNumber(word: string): number {
  const number = WORDS.indexOf(word)
  if (number < 0) throw new Error(`"${word}" is in none of the word lists of plugins/waf/src/scan/word-lists.ts`)
  return number
}

/** The numbers of several words, for look-ups by the detectors. */
export function wordNumbers(words: string): ReadonlySet<number> {
  return new Set(split(words).map(wordNumber))
}

/** Finds a word by the hash that {@link nextHash} built; -1 if it is none of ours. */
export function findWord(hash: number, text: string, start: number): number {
  for (let slot = hash & (SIZE - 1); ; slot = (slot + 1) & (SIZE - 1)) {
    const number = slots[slot] ?? -1
    if (number < 0) return -1
    if (hashes[slot] === hash) return isSameWord(text, start, WORDS[number] ?? '') ? number : -1
  }
}

/** The hash of a word is built by feeding its lower-case characters one by one, beginning at 0. */
export function nextHash(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) | 0
}

function isSameWord(text: string, start: number, word: string): boolean {
  for (let index = 0; index < word.length; index++) {
    const code = text.charCodeAt(start + index)
    if ((code >= 65 && code <= 90 ? code | 32 : code) !== word.charCodeAt(index)) return false
  }
  return true
}

function enter(number: number, word: string): void {
  let hash = 0
  for (let index = 0; index < word.length; index++) hash = nextHash(hash, word.charCodeAt(index))
  let slot = hash & (SIZE - 1)
  while ((slots[slot] ?? -1) >= 0) {
    if (hashes[slot] === hash) throw new Error(`"${word}" has the hash of "${WORDS[slots[slot] ?? 0]}"`)
    slot = (slot + 1) & (SIZE - 1)
  }
  slots[slot] = number
  hashes[slot] = hash
}

function familyBits(list: string): number {
  return list.split('+').reduce((bits, name) => bits | (name in FAMILY ? FAMILY[name as keyof typeof FAMILY] : 0), 0)
}

function split(list: string): string[] {
  return list.split(/\s+/).filter((word) => word !== '')
}
