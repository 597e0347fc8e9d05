import type { SqlValue } from './sql.ts'

/** The kinds of records that `data_retention` has a period for. */
export const RETENTION_CLASSES = ['access_logs', 'error_logs', 'security_logs', 'audit_logs', 'metrics'] as const

/** One of `RETENTION_CLASSES`. */
export type RetentionClass = (typeof RETENTION_CLASSES)[number]

/** One step of a plugin's schema; never changed once it was published. */
export interface Migration {
  /** `0001-what`, in ascending order. */
  readonly id: string
  readonly sql: string
}

/** What kind of personal data a column or file field holds. */
export type PersonalDataCategory = 'address' | 'pseudonym' | 'email' | 'user' | 'user-agent' | 'url' | 'free-text'

/** A column (or a field of a file) with personal data: what the register of processing (GDPR Art. 30), access and erasure are made from. */
export interface PersonalData {
  readonly column: string
  readonly category: PersonalDataCategory
  /** Why it is stored, as a sentence for the person concerned. */
  readonly purpose: { readonly en: string; readonly de: string }
  /** `Art. 6(1)(f) GDPR`, … */
  readonly legalBasis: string
  /**
   * How the rows of one person are found by this column: it holds a `pseudonym` of the address, a whole `address`, an address that may
   * be `masked` (found by CIDRs alone), or `text` that may name them; `none` where it cannot identify anybody.
   */
  readonly findBy: 'pseudonym' | 'address' | 'masked' | 'text' | 'none'
}

/** A table of a plugin. */
export interface TableDefinition {
  /** The requirement's name, or one that begins with the plugin's. */
  readonly name: string
  /** What a row is, as a phrase: `one row per request`. */
  readonly holds: { readonly en: string; readonly de: string }
  /**
   * How long rows stay; absent where they stay as long as what they describe, with the reason in `keptBecause`. The table must have a
   * rowid, and an index that begins with the time column.
   */
  readonly retention?: {
    readonly class: RetentionClass
    /** Column with seconds since 1970. */
    readonly timeColumn: string
    /** Column with the route id; absent where rows belong to no route. */
    readonly routeColumn?: string
    /** Only rows for which this SQL condition holds are deleted by age: a class of its own within one table. */
    readonly condition?: string
  }
  readonly keptBecause?: { readonly en: string; readonly de: string }
  /** Column with the request id, by which rows can be found. */
  readonly requestIdColumn?: string
  /** What erasure does to a person's rows: deletes them (the default), sets these columns to NULL, or with none leaves them as `keptBecause` explains. */
  readonly erasure?: 'delete-row' | { readonly clear: readonly string[] }
  /** Empty where no column can tell anything about a person. */
  readonly personalData: readonly PersonalData[]
}

/** Whose data is sought: everything that identifies them, already resolved. */
export interface Subject {
  /** Addresses and CIDRs in canonical form. */
  readonly cidrs: readonly string[]
  /** Pseudonyms of the addresses, one for each day whose key still exists. Empty for CIDRs that cannot be enumerated. */
  readonly pseudonyms: readonly string[]
  /** A piece of text (e-mail address, account name) to be found as it is, without case; empty when none. */
  readonly text: string
  readonly requestIds: readonly string[]
}

/** A record of a person, as an access request (GDPR Art. 15) shows it. */
export type FoundRecord = Readonly<Record<string, SqlValue>>

/** Personal data that is not in a table: log files, for example. A plugin's service may have some. */
export interface FileStore {
  /** `access-log files`. */
  readonly name: string
  readonly holds: { readonly en: string; readonly de: string }
  readonly retentionClass: RetentionClass
  readonly personalData: readonly PersonalData[]
  /** Deletes a route's records (`''`: of unknown hosts) older than `before`, seconds since 1970. Resolves with how many, and of which times. */
  purge(rule: { readonly routeHost: string; readonly before: number }): Promise<Purged>
  /** Hosts that it has records of, `''` for unknown ones, whether configured or not. */
  routeHosts(): Promise<readonly string[]>
  find(subject: Subject, limit: number): Promise<readonly FoundRecord[]>
  /** Resolves with the number of records removed. */
  erase(subject: Subject): Promise<number>
}

/** What a purge removed. Times are seconds since 1970; absent when nothing was removed. */
export interface Purged {
  readonly count: number
  readonly oldest?: number
  readonly newest?: number
}
