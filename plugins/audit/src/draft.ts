import { randomBytes } from 'node:crypto'
import { type AuditEntry, type ConfigurationState, redactFacts, type ServiceHost } from '@drawbridge/plugin-kit'
import { canonicalJson } from './canonical-json.ts'
import {
  type ChainHead,
  type ChainRow,
  type EntryKind,
  hashLink,
  hashPayload,
  hashPerson,
  type PayloadRow,
  type PersonRow,
} from './chain.ts'

const SALT_BYTES = 16
const MAX_NAME = 256
const MAX_NOTES = 8_192
/** Long enough for the difference of a route; a page of the longest entries still fits into the reader's memory. */
const MAX_VALUE = 65_536

/** An entry with everything personal shortened or masked, before it is chained. */
export interface Draft {
  readonly timeMs: number
  readonly kind: EntryKind
  readonly removed: string | null
  readonly payload: Omit<PayloadRow, 'sequence'>
  readonly person: Omit<PersonRow, 'sequence'>
  /** The configuration that the entry put into force, of those that do. */
  readonly configuration: ConfigurationState | undefined
}

/** A draft in its place of the chain. */
export interface ChainedEntry {
  readonly link: ChainRow
  readonly payload: PayloadRow
  readonly person: PersonRow
}

/** Entries after which the files may be other ones than before. */
const CONFIGURING = new Set(['config_reload', 'gateway_started'])

/** Puts down what is known now: time, and the values as they are at this moment. */
export function draftEntry(entry: AuditEntry, host: Pick<ServiceHost, 'clock' | 'redactor' | 'installation'>): Draft {
  const { clock, redactor, installation } = host
  const timeMs = Math.floor(clock.wallNow())
  const toText = (value: unknown) =>
    value === undefined ? null : clip(canonicalJson(redactFacts({ value }, redactor).value), MAX_VALUE)
  return {
    timeMs,
    kind: 'entry',
    removed: null,
    payload: {
      timestamp: Math.floor(timeMs / 1000),
      salt: newSalt(),
      route_host: entry.resourceType === 'route' ? clip(entry.resourceId ?? '', MAX_NAME) : '',
      actor_kind: entry.actor.kind,
      action: clip(entry.action, MAX_NAME),
      resource_type: clip(entry.resourceType, MAX_NAME),
      resource_id: clipOrNull(entry.resourceId, MAX_NAME),
      old_value: toText(entry.before),
      new_value: toText(entry.after),
      source: entry.source,
      outcome: entry.outcome ?? 'done',
      notes: entry.notes === undefined ? null : clip(redactor.text(entry.notes), MAX_NOTES),
    },
    person: {
      salt: newSalt(),
      name: clip(entry.actor.name, MAX_NAME),
      address: entry.address === undefined ? null : clip(redactor.address(entry.address), MAX_NAME),
      request_id: clipOrNull(entry.requestId, MAX_NAME),
    },
    configuration: CONFIGURING.has(entry.action) ? installation.configuration() : undefined,
  }
}

/** Gives the draft its place behind `head`. */
export function chainDraft(
  { timeMs, kind, removed, ...draft }: Draft,
  head: ChainHead,
  sequence: number,
): ChainedEntry {
  const payload = { ...draft.payload, sequence }
  const person = { ...draft.person, sequence }
  const link = {
    sequence,
    time_ms: timeMs,
    kind,
    payload_hash: hashPayload(payload),
    person_hash: hashPerson(person),
    removed,
    previous_hash: head.hash,
  }
  return { link: { ...link, hash: hashLink(link) }, payload, person }
}

function newSalt(): string {
  return randomBytes(SALT_BYTES).toString('hex')
}

function clipOrNull(text: string | undefined, length: number): string | null {
  return text === undefined ? null : clip(text, length)
}

/** Half of a surrogate pair would come back from the database as another character, and the hash would not hold. */
function clip(text: string, length: number): string {
  const { length: whole } = text
  const kept = whole <= length ? text : `${text.slice(0, length)} [cut: ${whole} characters]`
  return kept.toWellFormed()
}
