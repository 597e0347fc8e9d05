import { LRUCache } from 'lru-cache'
import { Reader } from 'maxmind'
import { assertBounded } from './bounded-value.ts'

/** Decoded values kept for each database: a database of countries has a few hundred, one of cities many more. */
const CACHED_VALUES = 2000
const METADATA_MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
const MAX_METADATA_BYTES = 128 * 1024
const SEPARATOR_BYTES = 16
// Of networks and of what else is known about addresses, but not of places.
const WITHOUT_COUNTRIES = /asn|isp|domain|connection|anonymous|proxy|hosting/i

/** An open database. */
export interface Database {
  /** As it calls itself: `GeoLite2-City`. */
  readonly type: string
  /** Milliseconds since the epoch at which it was made; `undefined` where it does not say. */
  readonly builtAt: number | undefined
  readonly hasCountries: boolean
  readonly bytes: number
  /** What it says of an address in canonical form, or null. Throws where the file is damaged; never hangs, never takes much memory. */
  find(address: string): unknown
}

/** Opens the contents of a .mmdb file. Throws an Error in words for the operator. Takes time and memory that do not grow with the file. */
export function openDatabase(contents: Buffer): Database {
  if (contents[0] === 0x1f && contents[1] === 0x8b)
    throw new Error('it is compressed: unpack it with gunzip or tar first')
  const metadataStart = findMetadata(contents)
  assertBounded({ bytes: contents, start: metadataStart }, metadataStart)
  const cache = new LRUCache<number, object>({ max: CACHED_VALUES })
  let dataStart = 0
  const reader = new Reader(contents, {
    cache: {
      // Whatever the reader decodes it asks for here first.
      get(offset: number | string) {
        const known = cache.get(Number(offset))
        if (known === undefined) assertBounded({ bytes: contents, start: dataStart }, Number(offset))
        return known
      },
      set: (offset: number | string, value: object) => void cache.set(Number(offset), value),
    },
  })
  const { metadata } = reader
  assertTree(metadata, metadataStart)
  dataStart = metadata.searchTreeSize + SEPARATOR_BYTES
  const builtAt = metadata.buildEpoch.getTime()
  return {
    type: String(metadata.databaseType),
    builtAt: Number.isNaN(builtAt) ? undefined : builtAt,
    hasCountries: !WITHOUT_COUNTRIES.test(String(metadata.databaseType)),
    bytes: contents.length,
    find: (address) => (metadata.ipVersion === 4 && address.includes(':') ? null : reader.get(address)),
  }
}

/** Behind the last marker, which the format wants within the last 128 KiB. */
function findMetadata(contents: Buffer): number {
  const marker = contents.lastIndexOf(METADATA_MARKER)
  if (marker === -1 || marker < contents.length - MAX_METADATA_BYTES)
    throw new Error("it is no database in MaxMind's format (.mmdb), or only a part of one")
  const control = contents[marker + METADATA_MARKER.length] ?? 0
  // A map of up to 14 keys; no such byte is in the marker, so that the reader, which looks for it byte by byte, finds the same one.
  if (control < 0xe0 || control > 0xee) throw new Error('it is damaged: its description of itself cannot be read')
  return marker + METADATA_MARKER.length
}

function assertTree(metadata: Reader<never>['metadata'], metadataStart: number): void {
  const { ipVersion, nodeCount, searchTreeSize, binaryFormatMajorVersion } = metadata
  if (binaryFormatMajorVersion !== 2) throw new Error('it has a version of the format that is not known')
  const isPlausible =
    (ipVersion === 4 || ipVersion === 6) &&
    Number.isSafeInteger(nodeCount) &&
    searchTreeSize + SEPARATOR_BYTES <= metadataStart - METADATA_MARKER.length
  if (!isPlausible) throw new Error('it is damaged: its search tree is longer than the file')
}
