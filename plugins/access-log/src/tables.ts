import type { PersonalData, TableDefinition } from '@drawbridge/plugin-kit'

const LEGITIMATE_INTEREST = 'Art. 6(1)(f) GDPR'

const CLIENT: PersonalData = {
  column: 'client',
  category: 'address',
  purpose: {
    en: 'To recognise attacks and faults by the network they come from; the address is shortened before it is stored.',
    de: 'Um Angriffe und Störungen am Netz zu erkennen, aus dem sie kommen; die Adresse wird vor dem Speichern gekürzt.',
  },
  legalBasis: LEGITIMATE_INTEREST,
  findBy: 'masked',
}

const PSEUDONYM: PersonalData = {
  column: 'pseudonym',
  category: 'pseudonym',
  purpose: {
    en: 'To tell the requests of one client apart within a day, and to find them for access and erasure.',
    de: 'Um die Anfragen eines Clients innerhalb eines Tages auseinanderzuhalten und sie für Auskunft und Löschung zu finden.',
  },
  legalBasis: LEGITIMATE_INTEREST,
  findBy: 'pseudonym',
}

const PATH = url('path', {
  en: 'To find out which page or function a fault or an attack concerned; secrets in it are replaced.',
  de: 'Um festzustellen, welche Seite oder Funktion eine Störung oder ein Angriff betraf; Geheimnisse darin werden ersetzt.',
})

/** Every finished request. */
export const REQUEST_LOGS: TableDefinition = {
  name: 'request_logs',
  holds: { en: 'one row per request', de: 'eine Zeile je Anfrage' },
  retention: { class: 'access_logs', timeColumn: 'timestamp', routeColumn: 'route_id' },
  requestIdColumn: 'request_id',
  personalData: [
    CLIENT,
    PSEUDONYM,
    PATH,
    url('query', {
      en: 'To reproduce faults that depend on parameters; secrets in it are replaced.',
      de: 'Um Störungen nachzustellen, die von Parametern abhängen; Geheimnisse darin werden ersetzt.',
    }),
    url('referrer', {
      en: 'To find the page that leads to a fault; parameters are left out.',
      de: 'Um die Seite zu finden, die zu einer Störung führt; Parameter werden weggelassen.',
    }),
    {
      column: 'user_agent',
      category: 'user-agent',
      purpose: {
        en: 'To recognise programs that attack or that do not work with the service.',
        de: 'Um Programme zu erkennen, die angreifen oder mit dem Dienst nicht zurechtkommen.',
      },
      legalBasis: LEGITIMATE_INTEREST,
      findBy: 'text',
    },
  ],
}

/** Requests that failed in the gateway or its backend, or that the gateway refused. */
export const ERROR_LOGS: TableDefinition = {
  name: 'error_logs',
  holds: { en: 'one row per failed or refused request', de: 'eine Zeile je fehlgeschlagener oder abgelehnter Anfrage' },
  retention: { class: 'error_logs', timeColumn: 'timestamp', routeColumn: 'route_id' },
  requestIdColumn: 'request_id',
  personalData: [CLIENT, PSEUDONYM, PATH],
}

function url(column: string, purpose: PersonalData['purpose']): PersonalData {
  return { column, category: 'url', purpose, legalBasis: LEGITIMATE_INTEREST, findBy: 'text' }
}
