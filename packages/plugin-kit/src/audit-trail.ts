/** Who did something. */
export interface Actor {
  /** `user` and `token` come through the admin API, `cli` over the control socket, `file` by editing configuration, `system` is the gateway itself. */
  readonly kind: 'user' | 'token' | 'cli' | 'file' | 'system'
  /** Name of the account, token or (claimed) system user. */
  readonly name: string
}

/** Through what it was done. */
export type AuditSource = 'dashboard' | 'api' | 'cli' | 'file_watcher' | 'system'

/** Something that was done, for the audit log. */
export interface AuditEntry {
  readonly actor: Actor
  readonly source: AuditSource
  /** snake_case: `config_reload`, `login_failed`, `retention_purge`. */
  readonly action: string
  /** `route`, `setting`, `user`, `session`, `token`, `personal_data`, … */
  readonly resourceType: string
  readonly resourceId?: string
  readonly outcome?: 'done' | 'refused' | 'failed'
  /** Plain data, secrets already out of it (see `Installation`); the trail stores what changed between the two. */
  readonly before?: unknown
  readonly after?: unknown
  readonly notes?: string
  readonly requestId?: string
  /** The actor's address, in full; the trail stores what the redactor makes of it. */
  readonly address?: string
}

/** The audit log. */
export interface AuditTrail {
  /** Resolves once the entry is safe on the disk; rejects where it cannot be stored. What must be accounted for is done only after that. */
  append(entry: AuditEntry): Promise<void>
}

/** The trail of a host without an audit log. */
export const noAuditTrail: AuditTrail = Object.freeze({ append: () => Promise.resolve() })
