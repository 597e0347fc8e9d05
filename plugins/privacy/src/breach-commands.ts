import type { Command } from '@drawbridge/plugin-kit'
import type { Static } from 'typebox'
import type { BreachAnswer } from './breach-schemas.ts'
import { isoTime } from './receipt.ts'

type BreachFile = Static<typeof BreachAnswer>

const ID = { name: '<id>', summary: 'id of the breach file' } as const

/** `drawbridge privacy breach …`. */
export const BREACH_COMMANDS: readonly Command[] = [
  {
    name: 'privacy breach open',
    summary: 'Open a breach file (GDPR Art. 33): 72 hours run',
    args: [{ name: '<title>', summary: 'what it is, in a line' }],
    options: [
      { flags: '--happened <text>', summary: 'what happened' },
      { flags: '--noticed <time>', summary: 'when it was noticed, like 2026-11-22T14:00Z (default: now)' },
      { flags: '--began <time>', summary: 'begin of the time in question (default: a day before)' },
      { flags: '--ended <time>', summary: 'end of the time in question (default: not ended)' },
    ],
    call: ({ args: [title = ''], options: { happened, noticed, began, ended } }) => ({
      method: 'POST',
      path: '/api/privacy/breaches',
      body: {
        title,
        ...(happened === undefined ? {} : { happened }),
        ...timeField('noticed_at', noticed),
        ...timeField('began_at', began),
        ...timeField('ended_at', ended),
      },
    }),
    format: (body) => ({ text: formatFile(body as BreachFile) }),
  },
  {
    name: 'privacy breach list',
    summary: 'List breach files',
    call: () => ({ method: 'GET', path: '/api/privacy/breaches?limit=200' }),
    format(body) {
      const { breaches } = body as { breaches: readonly BreachFile[] }
      const lines = breaches.map((breach) => `${breach.id}  ${stateOf(breach)}  ${breach.title}`)
      return { text: lines.join('\n') || 'there is no breach file' }
    },
  },
  {
    name: 'privacy breach show',
    summary: 'Print a breach file with its notes',
    args: [ID],
    call: ({ args: [id = ''] }) => ({ method: 'GET', path: pathOf(id) }),
    format: (body) => ({ text: formatFile(body as BreachFile) }),
  },
  {
    name: 'privacy breach note',
    summary: 'Add a note to a breach file',
    args: [ID, { name: '<text>', summary: 'what was found or done' }],
    options: [{ flags: '--authority-notified', summary: 'the authority has been notified: stops the clock' }],
    call: ({ args: [id = '', text = ''], options }) => ({
      method: 'POST',
      path: `${pathOf(id)}/notes`,
      body: { text, authority_notified: options.authorityNotified === true },
    }),
    format: (body) => ({ text: formatFile(body as BreachFile) }),
  },
  {
    name: 'privacy breach close',
    summary: 'Close a breach file',
    args: [ID, { name: '<conclusion>', summary: 'how it ended' }],
    call: ({ args: [id = '', conclusion = ''] }) => ({
      method: 'POST',
      path: `${pathOf(id)}/close`,
      body: { conclusion },
    }),
    format: (body) => ({ text: formatFile(body as BreachFile) }),
  },
  {
    name: 'privacy breach evidence',
    summary: 'Print what is stored of the time of a breach, as JSON',
    args: [ID],
    call: ({ args: [id = ''] }) => ({ method: 'GET', path: `${pathOf(id)}/evidence` }),
    format: (body) => ({ text: JSON.stringify(body, null, 2) }),
  },
  {
    name: 'privacy breach notification',
    summary: 'Print a draft of the notification to the supervisory authority',
    args: [ID],
    options: [{ flags: '--language <language>', summary: 'de (default) or en' }],
    call: ({ args: [id = ''], options: { language = 'de' } }) => ({
      method: 'GET',
      path: `${pathOf(id)}/notification?language=${encodeURIComponent(String(language))}`,
    }),
    format: (body) => ({ text: (body as { text: string }).text }),
  },
]

function pathOf(id: string): string {
  return `/api/privacy/breaches/${encodeURIComponent(id)}`
}

function timeField(name: string, text: string | boolean | undefined): object {
  if (text === undefined) return {}
  const time = Date.parse(String(text))
  if (Number.isNaN(time)) throw new Error(`"${text}" is no time: write it like 2026-11-22T14:00Z`)
  return { [name]: Math.floor(time / 1000) }
}

function stateOf({ closed_at, notified_at, hours_left, is_overdue }: BreachFile): string {
  if (closed_at !== null) return 'closed'
  if (notified_at !== null) return 'authority notified'
  return is_overdue ? 'OVERDUE' : `${hours_left} hours left`
}

function formatFile(breach: BreachFile): string {
  return [
    `breach ${breach.id}: ${breach.title} (${stateOf(breach)})`,
    `noticed ${isoTime(breach.noticed_at)}, the authority must be notified by ${isoTime(breach.due_at)}`,
    ...(breach.happened === '' ? [] : [breach.happened]),
    ...breach.notes.map((note) => `${isoTime(note.written_at)} ${note.written_by}: ${note.text}`),
    ...(breach.conclusion === null ? [] : [`closed: ${breach.conclusion}`]),
  ].join('\n')
}
