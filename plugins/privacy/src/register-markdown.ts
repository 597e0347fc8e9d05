import { isoTime } from './receipt.ts'
import type { Register, RegisterEntry, RegisterPart } from './register.ts'
import { inWords } from './words.ts'

/** The register as a document. */
export function registerMarkdown(register: Register): string {
  const { controller, contact, authority } = register
  const lines = [
    '# Record of processing activities (GDPR Art. 30)',
    '',
    `Made on ${isoTime(register.generated_at)} by Drawbridge ${register.version} from the configuration of that moment.`,
    '',
    '## Controller',
    '',
    ...listOf([
      ['Name', controller.name],
      ['Address', controller.address],
      ['E-mail', controller.email],
      ['Contact for data protection', contact],
      ['Supervisory authority', authority],
    ]),
    ...(register.missing.length === 0 ? [] : ['', `**Not configured yet:** ${register.missing.map(code).join(', ')}.`]),
    '',
    '## Where the data is',
    '',
    ...register.places.map((place) => `- ${code(place)}`),
    '',
    '## Security measures (Art. 32)',
    '',
    ...register.security_measures.map((measure) => `- ${escapeText(measure)}`),
    ...register.routes.flatMap((part) => partLines(part, part.hosts.join(', ') || 'Unknown hosts')),
    ...partLines(register.shared, 'Administration: what belongs to no route'),
  ]
  return `${lines.join('\n')}\n`
}

function partLines(part: RegisterPart, title: string): string[] {
  const { ipv4, ipv6 } = part.masking
  return [
    '',
    `## ${escapeText(title)}`,
    '',
    ...listOf([
      ['Purpose of the service', part.purpose],
      ['Recipients', part.recipients.join('; ') || 'none'],
      ['IPv4 addresses', `${ipv4.method}: 203.0.113.45 becomes ${ipv4.example}`],
      ['IPv6 addresses', `${ipv6.method}: ${ipv6.example}`],
      ['Daily pseudonyms', part.masking.pseudonyms ? 'yes' : 'no'],
      ['E-mail addresses masked', part.masking.emails ? 'yes' : 'no'],
      ['Secrets in addresses masked', part.masking.secrets ? 'yes' : 'no'],
    ]),
    ...(part.activities.length === 0 ? ['', 'Nothing about people is stored.'] : part.activities.flatMap(entryLines)),
  ]
}

function entryLines(entry: RegisterEntry): string[] {
  return [
    '',
    `### ${code(entry.name)} (${escapeText(entry.plugin)}): ${escapeText(entry.holds)}`,
    '',
    ...listOf([
      ['Purposes', entry.purposes.join(' ')],
      ['Legal basis', entry.legal_bases.join('; ')],
      ['Kept', keptText(entry)],
    ]),
    '',
    '| field | category | stored as |',
    '| --- | --- | --- |',
    ...entry.data.map((row) => `| ${code(row.field)} | ${escapeText(row.category)} | ${escapeText(row.stored_as)} |`),
  ]
}

function keptText({ retention_class, retention_seconds, kept_because }: RegisterEntry): string {
  if (retention_seconds !== null) return `${inWords(retention_seconds, 'en')} (${retention_class})`
  if (kept_because !== null && retention_class === null) return kept_because
  return 'without end: no retention period is configured'
}

function listOf(facts: readonly (readonly [name: string, value: string])[]): string[] {
  return facts.filter(([, value]) => value !== '').map(([name, value]) => `- **${name}:** ${escapeText(value)}`)
}

/** Host names and options come from people: nothing of them may become markup. */
function escapeText(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>|#]/g, '\\$&')
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``
}
