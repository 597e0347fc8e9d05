import type {
  FileStore,
  LiveRoute,
  PersonalData,
  Plugin,
  RetentionClass,
  ServiceHost,
  TableDefinition,
} from '@drawbridge/plugin-kit'
import { type Masking, probeMasking } from './masking.ts'
import { type PrivacyOptions, privacyOptionsOf } from './options.ts'
import { type DeclaredStore, type DeclaredTable, findPlaces } from './places.ts'
import { recipientsOf } from './recipients.ts'
import { retentionPeriod } from './retention-period.ts'

/** One kind of record about people, in one place. */
export interface Activity {
  readonly plugin: string
  readonly kind: 'table' | 'files'
  readonly name: string
  readonly holds: { readonly en: string; readonly de: string }
  readonly fields: readonly PersonalData[]
  readonly retentionClass: RetentionClass | undefined
  /** Seconds; `undefined` where no period ends the records. */
  readonly period: number | undefined
  readonly keptBecause: { readonly en: string; readonly de: string } | undefined
}

/** What is done with the data of a route's visitors, as it is configured at this moment. */
export interface Processing {
  /** Empty for unknown hosts. */
  readonly hosts: readonly string[]
  readonly privacy: PrivacyOptions
  readonly masking: Masking
  readonly recipients: readonly string[]
  readonly activities: readonly Activity[]
}

/** What is done with a route's data. */
export function processingOf(host: ServiceHost, route: LiveRoute): Processing {
  const { tables, stores } = findPlaces(host)
  const privacy = privacyOptionsOf(route)
  const masking = probeMasking(route, host.installation.plugins)
  const perRoute = tables.filter(({ plugin, table }) => belongsToRoute(table) && isOn(route, plugin, 'table'))
  return {
    hosts: route.hosts,
    privacy,
    masking,
    recipients: recipientsOf(route, privacy),
    activities: [
      ...perRoute.map((declared) => tableActivity(declared, route)),
      ...stores
        .filter(({ plugin, store }) => !isShared(store) && isOn(route, plugin, 'files'))
        .map((declared) => storeActivity(declared, route)),
    ].map((activity) => withoutUnused(activity, masking)),
  }
}

/** What is stored about people that belongs to no route: accounts, the audit log, bans. */
export function sharedProcessing(host: ServiceHost): Processing {
  const route = defaultRoute(host)
  const { tables, stores } = findPlaces(host)
  const privacy = privacyOptionsOf(route)
  return {
    hosts: [],
    privacy,
    masking: probeMasking(route, host.installation.plugins),
    recipients: recipientsOf(route, privacy),
    activities: [
      ...tables.filter(({ table }) => !belongsToRoute(table)).map((declared) => tableActivity(declared, route)),
      ...stores.filter(({ store }) => isShared(store)).map((declared) => storeActivity(declared, route)),
    ],
  }
}

/** The default answer, whose options are those of `defaults:`. */
export function defaultRoute({ installation }: Pick<ServiceHost, 'installation'>): LiveRoute {
  return installation.routes().findLast(({ hosts }) => hosts.length === 0) ?? { hosts: [], routeId: 0, options: {} }
}

function belongsToRoute({ retention }: TableDefinition): boolean {
  return retention?.routeColumn !== undefined
}

/** The audit log is about those who run the gateway, whichever route they change. */
function isShared({ retentionClass }: FileStore): boolean {
  return retentionClass === 'audit_logs'
}

/** A plugin that is off stores nothing. Of one that is on, `database: false` and an empty list of `files` say the same of the two kinds of places. */
function isOn({ options }: LiveRoute, { key }: Pick<Plugin, 'key'>, kind: Activity['kind']): boolean {
  const own = options[key]
  if (own === undefined) return false
  if (kind === 'table') return own.database !== false
  return !Array.isArray(own.files) || own.files.length > 0
}

function tableActivity({ plugin, table }: DeclaredTable, route: LiveRoute): Activity {
  const kind = table.retention?.class
  return {
    plugin: plugin.name,
    kind: 'table',
    name: table.name,
    holds: table.holds,
    fields: table.personalData,
    retentionClass: kind,
    period: kind === undefined ? undefined : retentionPeriod(route, kind),
    keptBecause: table.keptBecause,
  }
}

function storeActivity({ plugin, store }: DeclaredStore, route: LiveRoute): Activity {
  const { name, holds, personalData, retentionClass }: FileStore = store
  return {
    plugin: plugin.name,
    kind: 'files',
    name,
    holds,
    fields: personalData,
    retentionClass,
    period: retentionPeriod(route, retentionClass),
    keptBecause: undefined,
  }
}

/** A column for pseudonyms stays empty where the operator wants none. */
function withoutUnused(activity: Activity, { hasPseudonym }: Masking): Activity {
  if (hasPseudonym) return activity
  return { ...activity, fields: activity.fields.filter(({ category }) => category !== 'pseudonym') }
}
