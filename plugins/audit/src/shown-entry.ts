import type { Role } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

/** An entry as the API shows it: the requirement's columns and what else is known. */
export const ShownEntry = Type.Object(
  {
    audit_id: Type.Integer({ description: 'Its number in the chain.' }),
    timestamp: Type.Integer({ description: 'Seconds since 1970.' }),
    user: Type.String({
      description: 'Who did it; `[erased]` where that was erased; for viewers only the first letter.',
    }),
    actor_kind: Type.String({ description: '`user`, `token`, `cli`, `file` or `system`.' }),
    action: Type.String({ description: 'What was done.' }),
    resource_type: Type.String({ description: 'To what kind of thing.' }),
    resource_id: Type.Union([Type.String(), Type.Null()], { description: 'To which.' }),
    old_value: Type.Union([Type.String(), Type.Null()], { description: 'JSON, before.' }),
    new_value: Type.Union([Type.String(), Type.Null()], { description: 'JSON, after.' }),
    source: Type.String({ description: '`dashboard`, `api`, `cli`, `file_watcher` or `system`.' }),
    outcome: Type.String({ description: '`done`, `refused` or `failed`.' }),
    notes: Type.Union([Type.String(), Type.Null()], { description: 'In words.' }),
    address: Type.Union([Type.String(), Type.Null()], { description: 'Masked. Not for viewers.' }),
    request_id: Type.Union([Type.String(), Type.Null()], {
      description: 'Of the request to the API. Not for viewers.',
    }),
    hash: Type.String({ description: 'The hash of its link.' }),
  },
  { additionalProperties: false },
)

/** An entry as the API shows it. */
export type ShownEntry = Static<typeof ShownEntry>

/** What selects such entries from the tables `p` (payload), `n` (person) and `c` (chain). */
export const SHOWN_COLUMNS = `p.sequence AS audit_id, p.timestamp, coalesce(n.name, '[erased]') AS user, p.actor_kind, p.action,
  p.resource_type, p.resource_id, p.old_value, p.new_value, p.source, p.outcome, p.notes, n.address, n.request_id, c.hash`

/** What they are selected from. */
export const SHOWN_TABLES = `audit_payloads AS p JOIN audit_chain AS c ON c.sequence = p.sequence
  LEFT JOIN audit_persons AS n ON n.sequence = p.sequence`

/** Things whose name is a person's, or whose values tell about one. */
const PERSONAL_RESOURCES = new Set(['user', 'session', 'token', 'personal_data'])
const PEOPLE = new Set(['user', 'token', 'cli'])

/** The entry as this role may see it: for a viewer people are masked. */
export function showEntry(entry: ShownEntry, role: Role): ShownEntry {
  if (role !== 'viewer') return entry
  const isAboutPerson = PERSONAL_RESOURCES.has(entry.resource_type)
  return {
    ...entry,
    user: PEOPLE.has(entry.actor_kind) ? maskName(entry.user) : entry.user,
    address: null,
    request_id: null,
    ...(isAboutPerson
      ? { resource_id: maskOrNull(entry.resource_id), old_value: null, new_value: null, notes: null }
      : {}),
  }
}

function maskName(name: string): string {
  return name === '[erased]' ? name : `${[...name][0] ?? ''}***`
}

function maskOrNull(name: string | null): string | null {
  return name === null ? null : maskName(name)
}
