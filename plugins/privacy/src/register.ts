import type { ServiceHost } from '@drawbridge/plugin-kit'
import type { AddressMasking, Masking } from './masking.ts'
import { type PrivacyOptions, privacyOptionsOf } from './options.ts'
import { findPlaces } from './places.ts'
import { type Activity, defaultRoute, type Processing, processingOf, sharedProcessing } from './processing.ts'
import { purposeIn } from './words.ts'

/** One processing activity in the register. */
export interface RegisterEntry {
  readonly plugin: string
  readonly kind: 'table' | 'files'
  readonly name: string
  readonly holds: string
  readonly purposes: readonly string[]
  readonly legal_bases: readonly string[]
  readonly data: readonly { readonly field: string; readonly category: string; readonly stored_as: string }[]
  readonly retention_class: string | null
  /** Seconds; null where no period ends the records. */
  readonly retention_seconds: number | null
  /** Why records stay, where no period ends them, or longer than a person may ask for. */
  readonly kept_because: string | null
}

/** A route's part of the register, or the part that belongs to no route. */
export interface RegisterPart {
  /** Empty: unknown hosts. */
  readonly hosts: readonly string[]
  readonly purpose: string
  readonly recipients: readonly string[]
  readonly masking: {
    readonly ipv4: { readonly method: AddressMasking; readonly example: string }
    readonly ipv6: { readonly method: AddressMasking; readonly example: string }
    readonly pseudonyms: boolean
    readonly emails: boolean
    readonly secrets: boolean
  }
  readonly activities: readonly RegisterEntry[]
}

/** The record of processing activities (GDPR Art. 30), from what is installed and configured at this moment. */
export interface Register {
  /** Seconds since 1970. */
  readonly generated_at: number
  readonly version: string
  readonly controller: PrivacyOptions['controller']
  readonly contact: string
  readonly authority: string
  /** Files and folders with the data. */
  readonly places: readonly string[]
  readonly routes: readonly RegisterPart[]
  /** What belongs to no route: accounts, the audit log, receipts. */
  readonly shared: RegisterPart
  readonly security_measures: readonly string[]
  /** Facts that the law wants and the configuration does not tell. */
  readonly missing: readonly string[]
}

/** Makes the register. */
export async function makeRegister(host: ServiceHost): Promise<Register> {
  const { installation } = host
  const { controller, contact, authority } = privacyOptionsOf(defaultRoute(host))
  const routes = installation.routes().map((route) => processingOf(host, route))
  return {
    generated_at: Math.floor(host.clock.wallNow() / 1000),
    version: installation.version,
    controller,
    contact,
    authority,
    places: await findFiles(host),
    routes: routes.map(toPart),
    shared: toPart(sharedProcessing(host)),
    security_measures: securityMeasures(host, routes),
    missing: missingFacts({ controller, authority }),
  }
}

/** Options that a complete register or notice needs and that are empty. */
export function missingFacts({ controller, authority }: Pick<PrivacyOptions, 'controller' | 'authority'>): string[] {
  const facts = { ...controller, authority }
  return (['name', 'address', 'email', 'authority'] as const)
    .filter((key) => facts[key] === '')
    .map((key) => (key === 'authority' ? 'privacy.authority' : `privacy.controller.${key}`))
}

function toPart({ hosts, privacy, masking, recipients, activities }: Processing): RegisterPart {
  return {
    hosts,
    purpose: privacy.purpose,
    recipients,
    masking: {
      ipv4: { method: masking.ipv4.method, example: masking.ipv4.to },
      ipv6: { method: masking.ipv6.method, example: masking.ipv6.to },
      pseudonyms: masking.hasPseudonym,
      emails: masking.hidesEmails,
      secrets: masking.hidesSecrets,
    },
    activities: activities.map((activity) => toEntry(activity, privacy, masking)),
  }
}

function toEntry(activity: Activity, { legal_basis }: PrivacyOptions, masking: Masking): RegisterEntry {
  const { fields } = activity
  const bases = new Set(fields.map(({ legalBasis }) => legalBasis))
  return {
    plugin: activity.plugin,
    kind: activity.kind,
    name: activity.name,
    holds: activity.holds.en,
    purposes: [...new Set(fields.map((field) => purposeIn(field, 'en')))],
    legal_bases: legal_basis === '' ? [...bases] : [legal_basis],
    data: fields.map((field) => ({
      field: field.column,
      category: field.category,
      stored_as: storedAs(field, masking),
    })),
    retention_class: activity.retentionClass ?? null,
    retention_seconds: activity.period ?? null,
    kept_because: activity.keptBecause?.en ?? null,
  }
}

function storedAs({ category, findBy }: Activity['fields'][number], { ipv4, ipv6 }: Masking): string {
  if (category === 'pseudonym') return 'keyed hash; the key changes daily'
  if (category !== 'address') return 'as text, redacted where redaction is on'
  if (findBy === 'address') return 'in full'
  if (ipv4.method === 'full' && ipv6.method === 'full') return 'in full'
  return `${ipv4.from} as ${ipv4.to}, ${ipv6.from} as ${ipv6.to}`
}

/** Where the data is on this machine, as the database itself says. */
async function findFiles(host: ServiceHost): Promise<string[]> {
  const { installation, storage } = host
  const folder = installation.dataFolder
  const stores = findPlaces(host).stores.map(({ store }) => `${store.name} in ${folder}`)
  try {
    const rows = await storage.all(`SELECT file FROM pragma_database_list WHERE name = 'main'`)
    return [...rows.map(({ file }) => String(file)), ...stores]
  } catch {
    // While the database is away its name cannot be asked for; the register is still of use.
    return [`the database in ${folder}`, ...stores]
  }
}

function securityMeasures({ installation }: ServiceHost, routes: readonly Processing[]): string[] {
  const isMasked = ({ masking }: Processing) => masking.ipv4.method !== 'full' && masking.ipv6.method !== 'full'
  const masked = routes.filter(isMasked).length
  return [
    masked === routes.length
      ? 'Addresses are masked before they are stored, on every route.'
      : `Addresses are masked before they are stored on ${masked} of ${routes.length} routes.`,
    ...(routes.some(({ masking }) => masking.hasPseudonym)
      ? [
          'Pseudonyms are made with keys that change daily, are kept outside the database, and are forgotten with the records.',
        ]
      : []),
    ...(installation.plugins.some(({ auditTrail }) => auditTrail !== undefined)
      ? ['Changes of the configuration and reads of personal data are entered in an audit log.']
      : []),
    'Access is by role: masked records for viewers and operators, access requests and erasure for admins with a password entered just before.',
    'Deleted records are overwritten in the file of the database (secure_delete).',
  ]
}
