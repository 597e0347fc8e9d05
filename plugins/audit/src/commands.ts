import type { ApiCall, Command, CommandInput } from '@drawbridge/plugin-kit'
import type { ShownEntry } from './shown-entry.ts'

/** Commands of `drawbridge audit`. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'audit list',
    summary: 'show who did what, newest first',
    options: [
      { flags: '--action <action>', summary: 'only this action' },
      { flags: '--user <name>', summary: 'only what this user did' },
      { flags: '--source <source>', summary: 'dashboard, api, cli, file_watcher or system' },
      { flags: '--since <seconds>', summary: 'from this moment, seconds since 1970' },
      { flags: '--until <seconds>', summary: 'before this moment, seconds since 1970' },
      { flags: '--limit <count>', summary: 'at most 200' },
      { flags: '--cursor <cursor>', summary: 'next_cursor of the page before' },
    ],
    call: ({ options }) => get('/api/audit', options),
    format: (body) => ({
      text: (body as { entries: ShownEntry[] }).entries.map(describeEntry).join('\n') || 'no entries',
    }),
  },
  {
    name: 'audit show',
    summary: 'show an entry with what it changed',
    args: [{ name: '<id>', summary: 'number of the entry' }],
    call: ({ args: [id = ''] }) => get(`/api/audit/${numberOf(id)}`),
    format(body) {
      const entry = body as ShownEntry & { diff: string | null }
      return {
        text: [describeEntry(entry), entry.diff ?? 'before and after are too far apart to be compared'].join('\n'),
      }
    },
  },
  {
    name: 'audit verify',
    summary: 'check that nothing in the audit log was changed or left out',
    call: () => get('/api/audit/verify'),
    format(body) {
      const { is_valid, entries, first_bad, reason, unanchored } = body as Verdict
      const anchored = unanchored === 0 ? '' : ` (the anchor knows nothing of those up to ${unanchored})`
      if (is_valid) return { text: `${entries} entries, all as they were written${anchored}` }
      return { text: `TAMPERED: the first bad entry is ${first_bad}. ${reason}`, exitCode: 1 }
    },
  },
  {
    name: 'audit export',
    summary: 'print the log as it is stored, as JSON lines, for another verifier',
    options: [
      { flags: '--after <id>', summary: 'the last entry that you have' },
      { flags: '--limit <count>', summary: 'at most 500' },
    ],
    call: ({ options }) => get('/api/audit/export', options),
    format(body) {
      const { public_key, entries, next_after } = body as { public_key: string; entries: object[]; next_after: unknown }
      return { text: [{ public_key, next_after }, ...entries].map((line) => JSON.stringify(line)).join('\n') }
    },
  },
  {
    name: 'audit history',
    summary: 'show the configurations that were in force, newest first',
    options: [{ flags: '--limit <count>', summary: 'at most 200' }],
    call: ({ options }) => get('/api/config/history', options),
    format(body) {
      const { versions } = body as { versions: { version_id: number; timestamp: number; audit_id: number }[] }
      const lines = versions.map(
        ({ version_id, timestamp, audit_id }) => `${version_id}  ${showTime(timestamp)}  (audit entry ${audit_id})`,
      )
      return { text: lines.join('\n') || 'no versions' }
    },
  },
  {
    name: 'audit restore',
    summary: 'put a former configuration back in force',
    args: [{ name: '<id>', summary: 'number of the version, from audit history' }],
    call: ({ args: [id = ''] }) => ({ method: 'POST', path: `/api/config/restore/${numberOf(id)}` }),
    format: (body) => ({ text: `version ${(body as { restored: number }).restored} is in force again` }),
  },
]

interface Verdict {
  readonly is_valid: boolean
  readonly entries: number
  readonly first_bad: number | null
  readonly reason: string | null
  readonly unanchored: number
}

function get(path: string, options: CommandInput['options'] = {}): ApiCall {
  const given = Object.entries(options).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
  const query = new URLSearchParams(given).toString()
  return { method: 'GET', path: query === '' ? path : `${path}?${query}` }
}

function numberOf(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`"${text}" is no number of an entry or version`)
  return number
}

function describeEntry(entry: ShownEntry): string {
  const { audit_id, timestamp, user, action, resource_type, resource_id, source, outcome, notes } = entry
  const thing = resource_id === null ? resource_type : `${resource_type} ${resource_id}`
  const facts = [audit_id, showTime(timestamp), user, action, thing, `via ${source}`]
  return [...facts, ...(outcome === 'done' ? [] : [outcome]), ...(notes === null ? [] : [`(${notes})`])].join('  ')
}

function showTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
