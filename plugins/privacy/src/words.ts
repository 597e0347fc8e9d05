import type { PersonalData, PersonalDataCategory } from '@drawbridge/plugin-kit'

/** The languages of notice, register and templates. */
export const LANGUAGES = ['de', 'en'] as const

/** One of `LANGUAGES`. */
export type Language = (typeof LANGUAGES)[number]

const CATEGORIES: Readonly<Record<PersonalDataCategory, Readonly<Record<Language, string>>>> = {
  address: { de: 'IP-Adresse', en: 'IP address' },
  pseudonym: { de: 'Tagespseudonym der IP-Adresse', en: 'pseudonym of the IP address, changing daily' },
  email: { de: 'E-Mail-Adresse', en: 'e-mail address' },
  user: { de: 'Benutzername', en: 'user name' },
  'user-agent': { de: 'Kennung des verwendeten Programms (User-Agent)', en: 'name of the program used (user agent)' },
  url: { de: 'aufgerufene oder verweisende Internetadresse', en: 'web address requested or referred from' },
  'free-text': { de: 'Freitext', en: 'free text' },
}

const UNITS = [
  { seconds: 31_536_000, de: ['Jahr', 'Jahre'], en: ['year', 'years'] },
  { seconds: 86_400, de: ['Tag', 'Tage'], en: ['day', 'days'] },
  { seconds: 3_600, de: ['Stunde', 'Stunden'], en: ['hour', 'hours'] },
  { seconds: 60, de: ['Minute', 'Minuten'], en: ['minute', 'minutes'] },
  { seconds: 1, de: ['Sekunde', 'Sekunden'], en: ['second', 'seconds'] },
] as const

/** A category of personal data in words. */
export function categoryName(category: PersonalDataCategory, language: Language): string {
  return CATEGORIES[category][language]
}

/** The categories among fields, each once, in words. */
export function categoryNames(fields: readonly PersonalData[], language: Language): string[] {
  return [...new Set(fields.map(({ category }) => categoryName(category, language)))]
}

/** A length of time in the largest unit that fits it whole: `7 Tage`, `1 year`. */
export function inWords(seconds: number, language: Language): string {
  const unit = UNITS.find((candidate) => seconds >= candidate.seconds && seconds % candidate.seconds === 0) ?? UNITS[4]
  const count = seconds / unit.seconds
  return `${count} ${unit[language][count === 1 ? 0 : 1]}`
}

/** `Art. 6(1)(f) GDPR` in the way of a language: `Art. 6 Abs. 1 Buchst. f DSGVO`. */
export function legalBasisIn(text: string, language: Language): string {
  if (language === 'en') return text
  return text
    .replace(/\((\d+)\)/g, ' Abs. $1')
    .replace(/\(([a-z])\)/g, ' Buchst. $1')
    .replaceAll('GDPR', 'DSGVO')
}

/** Whether a legal basis is that of legitimate interests, which people may object to (Art. 21). */
export function isInterest(legalBasis: string): boolean {
  return legalBasis.includes('6(1)(f)')
}

/**
 * A purpose without what a plugin says behind a semicolon: how the value is treated. That depends on the configuration, and is told from
 * what the redactor does.
 */
export function purposeIn({ purpose }: PersonalData, language: Language): string {
  const [aim = ''] = purpose[language].split(';')
  return aim.trim().replace(/\.?$/, '.')
}
