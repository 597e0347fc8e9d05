import type { LiveRoute, ServiceHost } from '@drawbridge/plugin-kit'
import { UnknownHost } from './errors.ts'
import { englishNotice } from './notice-english.ts'
import { germanNotice } from './notice-german.ts'
import { type Activity, type Processing, processingOf, sharedProcessing } from './processing.ts'
import { missingFacts } from './register.ts'
import type { Language } from './words.ts'

/** A privacy notice for the visitors of a host. */
export interface Notice {
  readonly host: string
  readonly language: Language
  /** Markdown, to be pasted into the service's own notice. */
  readonly text: string
  /** What the text is and is not. */
  readonly disclaimer: string
  /** Options that are empty; the text has placeholders in square brackets for them. */
  readonly missing: readonly string[]
}

/** What a notice is written from. */
export interface NoticeFacts extends Processing {
  readonly host: string
}

const DISCLAIMERS: Readonly<Record<Language, string>> = {
  de: 'Dieser Text ist keine Rechtsberatung. Er beschreibt nur, was das Gateway nach seiner jetzigen Konfiguration tut: nicht, was der Dienst dahinter speichert. Prüfen Sie ihn vor der Verwendung und erzeugen Sie ihn nach jeder Änderung der Konfiguration neu.',
  en: 'This text is no legal advice. It describes what the gateway does as it is configured now, and nothing that the service behind it stores. Check it before you use it, and make it again after each change of the configuration.',
}

/** Writes the notice for a host from the live configuration. Throws `UnknownHost` where no route serves it. */
export function makeNotice(host: ServiceHost, name: string, language: Language): Notice {
  const route = findRoute(host, name)
  const own = processingOf(host, route)
  const facts: NoticeFacts = {
    ...own,
    host: name,
    activities: [...own.activities, ...sharedProcessing(host).activities.filter(isAboutVisitors)],
  }
  return {
    host: name,
    language,
    text: language === 'de' ? germanNotice(facts) : englishNotice(facts),
    disclaimer: DISCLAIMERS[language],
    missing: missingFacts(own.privacy),
  }
}

function findRoute({ installation }: ServiceHost, name: string): LiveRoute {
  const route = installation.routes().find(({ hosts }) => hosts.includes(name.toLowerCase()))
  if (route === undefined) throw new UnknownHost(name)
  return route
}

/** Of what belongs to no route visitors are concerned by whole addresses (bans); accounts and the audit log are about those who run the gateway. */
function isAboutVisitors({ fields, retentionClass }: Activity): boolean {
  return retentionClass !== 'audit_logs' && fields.some(({ findBy }) => findBy === 'address')
}
