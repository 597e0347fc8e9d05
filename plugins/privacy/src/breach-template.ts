import { type Breach, type BreachNote, dueAt } from './breaches.ts'
import type { PrivacyOptions } from './options.ts'
import { isoTime } from './receipt.ts'
import type { Language } from './words.ts'

/** What the notification of the authority is drafted from. */
export interface TemplateFacts {
  readonly breach: Breach
  readonly notes: readonly BreachNote[]
  readonly privacy: PrivacyOptions
}

interface Words {
  readonly title: string
  readonly blank: string
  readonly to: string
  readonly controller: string
  readonly contact: string
  readonly times: (facts: { noticed: string; began: string; ended: string; due: string }) => string
  readonly open: string
  readonly nature: string
  readonly numbers: string
  readonly consequences: string
  readonly measures: string
  readonly remark: string
}

const WORDS: Readonly<Record<Language, Words>> = {
  de: {
    title: 'Meldung einer Verletzung des Schutzes personenbezogener Daten (Art. 33 DSGVO)',
    blank: '[bitte ergänzen]',
    to: 'An',
    controller: 'Verantwortlicher',
    contact: 'Anlaufstelle für weitere Informationen (Art. 33 Abs. 3 Buchst. b)',
    times: ({ noticed, began, ended, due }) =>
      `Bekannt geworden am ${noticed}. Zeitraum der Verletzung: ${began} bis ${ended}. Die Frist von 72 Stunden endet am ${due}. Alle Zeiten in UTC.`,
    open: 'noch offen',
    nature: 'Art der Verletzung (Art. 33 Abs. 3 Buchst. a)',
    numbers:
      'Kategorien und ungefähre Zahl der betroffenen Personen und Datensätze: [bitte ergänzen; die Beweissammlung nennt Kategorien und Anzahl der Einträge]',
    consequences: 'Wahrscheinliche Folgen (Art. 33 Abs. 3 Buchst. c)',
    measures: 'Ergriffene und vorgeschlagene Maßnahmen (Art. 33 Abs. 3 Buchst. d)',
    remark:
      'Entwurf, keine Rechtsberatung. Fehlende Angaben können nachgereicht werden (Art. 33 Abs. 4 DSGVO); erfolgt die Meldung nach mehr als 72 Stunden, ist die Verzögerung zu begründen (Art. 33 Abs. 1).',
  },
  en: {
    title: 'Notification of a personal data breach (GDPR Art. 33)',
    blank: '[please fill in]',
    to: 'To',
    controller: 'Controller',
    contact: 'Contact point for more information (Art. 33(3)(b))',
    times: ({ noticed, began, ended, due }) =>
      `Noticed on ${noticed}. The breach lasted from ${began} to ${ended}. The 72 hours end on ${due}. All times are UTC.`,
    open: 'now, not ended yet',
    nature: 'Nature of the breach (Art. 33(3)(a))',
    numbers:
      'Categories and approximate number of people and records concerned: [please fill in; the evidence names categories and numbers of entries]',
    consequences: 'Likely consequences (Art. 33(3)(c))',
    measures: 'Measures taken and proposed (Art. 33(3)(d))',
    remark:
      'A draft, no legal advice. What is missing may follow later (Art. 33(4)); a notification after more than 72 hours must give the reasons for the delay (Art. 33(1)).',
  },
}

/** A draft of the notification to the supervisory authority, as Markdown. */
export function notificationDraft({ breach, notes, privacy }: TemplateFacts, language: Language): string {
  const words = WORDS[language]
  const { controller, contact, authority } = privacy
  const who = [controller.name, controller.address, controller.email].filter((text) => text !== '').join(', ')
  const times = words.times({
    noticed: isoTime(breach.noticedAt),
    began: isoTime(breach.beganAt),
    ended: breach.endedAt === undefined ? words.open : isoTime(breach.endedAt),
    due: isoTime(dueAt(breach)),
  })
  return [
    `# ${words.title}`,
    `${words.to}: ${authority || words.blank}`,
    `${words.controller}: ${who || words.blank}`,
    `${words.contact}: ${contact || controller.email || words.blank}`,
    times,
    `## ${words.nature}`,
    `${breach.title}\n\n${breach.happened}`,
    words.numbers,
    `## ${words.consequences}`,
    words.blank,
    `## ${words.measures}`,
    notes.length === 0
      ? words.blank
      : notes.map((note) => `- ${isoTime(note.written_at)}: ${note.text.replaceAll(/\s+/g, ' ')}`).join('\n'),
    `*${words.remark}*`,
  ].join('\n\n')
}
