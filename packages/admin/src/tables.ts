import type { PersonalData, TableDefinition } from '@drawbridge/plugin-kit'

const SECURITY = {
  legalBasis: 'Art. 6(1)(f) GDPR',
  purpose: {
    en: 'To recognise and stop misuse of an account of the gateway.',
    de: 'Um den Missbrauch eines Kontos des Gateways zu erkennen und zu beenden.',
  },
} as const

const ADDRESS = { ...SECURITY, category: 'address', findBy: 'masked' } as const satisfies Partial<PersonalData>

/** What the admin app stores, for the register of processing, access requests and erasure. */
export const adminTables: readonly TableDefinition[] = [
  {
    name: 'admin_users',
    holds: { en: 'one row per account of the gateway', de: 'eine Zeile je Konto des Gateways' },
    keptBecause: {
      en: 'An account exists until an admin removes it.',
      de: 'Ein Konto besteht, bis ein Administrator es entfernt.',
    },
    // An account ends with `admin user remove`, which looks after the last admin, sessions and tokens.
    erasure: { clear: ['last_login_at'] },
    personalData: [
      {
        column: 'name',
        category: 'user',
        findBy: 'text',
        legalBasis: 'Art. 6(1)(b) GDPR',
        purpose: {
          en: 'To let the people who run the gateway sign in, each with their own rights.',
          de: 'Damit sich die Betreiber des Gateways mit eigenen Rechten anmelden können.',
        },
      },
    ],
  },
  {
    name: 'admin_recovery_codes',
    holds: {
      en: 'one row per unused recovery code, hashed',
      de: 'eine Zeile je unbenutztem Wiederherstellungscode, als Hash',
    },
    keptBecause: { en: 'Until used, or the account ends.', de: 'Bis zur Benutzung oder zum Ende des Kontos.' },
    personalData: [],
  },
  {
    name: 'admin_setup_tokens',
    holds: {
      en: 'one row per unused setup token, hashed',
      de: 'eine Zeile je unbenutztem Einrichtungsschlüssel, als Hash',
    },
    keptBecause: { en: 'Until used, or for 24 hours.', de: 'Bis zur Benutzung, höchstens 24 Stunden.' },
    personalData: [],
  },
  {
    name: 'admin_sessions',
    holds: { en: 'one row per sign-in that is not over', de: 'eine Zeile je laufender Anmeldung' },
    keptBecause: {
      en: 'Until signed out, 30 minutes without use, or 12 hours.',
      de: 'Bis zur Abmeldung, 30 Minuten ohne Benutzung oder 12 Stunden.',
    },
    personalData: [
      { ...ADDRESS, column: 'address' },
      { ...SECURITY, column: 'user_agent', category: 'user-agent', findBy: 'none' },
    ],
  },
  {
    name: 'admin_tokens',
    holds: { en: 'one row per API token', de: 'eine Zeile je API-Schlüssel' },
    keptBecause: {
      en: 'Until revoked, expired, or its account ends.',
      de: 'Bis zum Widerruf, zum Ablauf oder zum Ende des Kontos.',
    },
    erasure: { clear: ['last_address'] },
    personalData: [{ ...ADDRESS, column: 'last_address' }],
  },
]
