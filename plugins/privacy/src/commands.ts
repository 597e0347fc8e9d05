import type { Command, CommandInput } from '@drawbridge/plugin-kit'
import type { AccessExport } from './access-request.ts'
import { BREACH_COMMANDS } from './breach-commands.ts'
import type { Notice } from './notice.ts'
import { isoTime, type Receipt } from './receipt.ts'
import type { Register } from './register.ts'
import { registerMarkdown } from './register-markdown.ts'

const SUBJECT_OPTIONS = [
  { flags: '--ip <address>', summary: 'of this address' },
  { flags: '--cidr <network>', summary: 'of every address of this network' },
  { flags: '--text <text>', summary: 'where this e-mail address or name is in the text' },
  { flags: '--request-id <ids>', summary: 'of these requests, separated by commas' },
  { flags: '--dry-run', summary: 'only count' },
] as const

/** `drawbridge privacy …`. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'privacy register',
    summary: 'Print the record of processing activities (GDPR Art. 30)',
    call: () => ({ method: 'GET', path: '/api/privacy/register' }),
    format: (body) => ({ text: registerMarkdown(body as Register) }),
  },
  {
    name: 'privacy notice',
    summary: 'Print a privacy notice for the visitors of a host',
    args: [{ name: '<host>', summary: 'a host of the configuration' }],
    options: [{ flags: '--language <language>', summary: 'de (default) or en' }],
    call({ args: [host = ''], options: { language = 'de' } }) {
      const query = new URLSearchParams({ host, language: String(language) })
      return { method: 'GET', path: `/api/privacy/notice?${query}` }
    },
    format: (body) => ({ text: formatNotice(body as Notice) }),
  },
  {
    name: 'privacy access',
    summary: 'Print everything stored about somebody (GDPR Art. 15)',
    options: SUBJECT_OPTIONS,
    call: (input) => ({ method: 'POST', path: '/api/privacy/access', body: subjectOf(input) }),
    format: (body) => ({ text: formatAccess(body as AccessExport) }),
  },
  {
    name: 'privacy erase',
    summary: 'Erase what is stored about somebody (GDPR Art. 17)',
    options: SUBJECT_OPTIONS,
    call: (input) => ({ method: 'POST', path: '/api/privacy/erasure', body: subjectOf(input) }),
    format: (body) => ({ text: formatReceipt(body as Receipt) }),
  },
  {
    name: 'privacy receipts',
    summary: 'List receipts of erasures, or print one',
    args: [{ name: '[id]', summary: 'id of a receipt' }],
    call: ({ args: [id] }) => ({
      method: 'GET',
      path: id === undefined ? '/api/privacy/receipts?limit=200' : `/api/privacy/receipts/${encodeURIComponent(id)}`,
    }),
    format(body) {
      if (!('receipts' in (body as object))) return { text: formatReceipt(body as Receipt) }
      const { receipts } = body as { receipts: readonly Receipt[] }
      return { text: receipts.map(formatLine).join('\n') || 'nothing was erased yet' }
    },
  },
  {
    name: 'privacy reapply',
    summary: 'Erase again what a restored database brought back',
    call: () => ({ method: 'POST', path: '/api/privacy/reapply', body: {} }),
    format(body) {
      const { erasures, count } = body as { erasures: number; count: number }
      return {
        text:
          erasures === 0 ? 'the database knows of all erasures' : `${erasures} erasures done again: ${count} records`,
      }
    },
  },
  ...BREACH_COMMANDS,
]

function subjectOf({ options }: CommandInput): object {
  const { ip, cidr, text, requestId, dryRun } = options
  const given = { ip, cidr, text, request_ids: typeof requestId === 'string' ? requestId.split(',') : undefined }
  const named = Object.entries(given).filter(([, value]) => value !== undefined)
  if (named.length !== 1) throw new Error('say whose data is meant: exactly one of --ip, --cidr, --text, --request-id')
  return { ...Object.fromEntries(named), dry_run: dryRun === true }
}

function formatNotice({ text, disclaimer, missing }: Notice): string {
  const gaps = missing.length === 0 ? [] : [`Not configured yet: ${missing.join(', ')}`]
  return [text, '', '---', disclaimer, ...gaps].join('\n')
}

function formatAccess({ places, notes, dry_run, count }: AccessExport): string {
  const lines = places.flatMap((place) => [
    `${place.name}: ${place.count} records${place.is_complete ? '' : `, the first ${place.records.length} are shown`}`,
    ...place.records.map((record) => `  ${JSON.stringify(record)}`),
  ])
  return [`${count} records${dry_run ? ' (only counted)' : ''}`, ...lines, ...notes.map(formatNote)].join('\n')
}

function formatReceipt(receipt: Receipt): string {
  const { id, places, notes, dry_run, count, completed_at, actor, subject, reapplied } = receipt
  return [
    `receipt ${id}${dry_run ? ' (dry run: nothing was erased, not stored)' : ''}`,
    `${isoTime(completed_at)} by ${actor.name}, ${subject.kind} with fingerprint ${subject.fingerprint}`,
    `${count} records ${dry_run ? 'would be ' : ''}erased`,
    ...places.map(
      (place) =>
        `  ${place.name}: ${place.count} ${place.action}${place.reason === undefined ? '' : ` (${place.reason})`}`,
    ),
    ...(reapplied === undefined ? [] : [`done again at ${isoTime(reapplied.at)}: ${reapplied.count} records`]),
    ...notes.map(formatNote),
  ].join('\n')
}

function formatLine({ id, completed_at, subject, count, actor }: Receipt): string {
  return `${id}  ${isoTime(completed_at)}  ${subject.kind} ${subject.fingerprint}  ${count} records  by ${actor.name}`
}

function formatNote(note: string): string {
  return `note: ${note}`
}
