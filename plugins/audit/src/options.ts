import { type Static, Type } from 'typebox'

const DEFAULTS = { anchor: 'anchor/audit.anchor', checkpoint_every: 100 } as const

/** Options under `audit:`. They hold for the whole gateway: what `defaults:` says counts. */
export const AuditOptions = Type.Object(
  {
    anchor: Type.String({
      description:
        'File outside the database that knows every entry, in JSON lines that are only ever added; relative to the data folder. Best on another disk, append-only. A change takes effect at the next start.',
      default: DEFAULTS.anchor,
      minLength: 1,
      maxLength: 4096,
    }),
    checkpoint_every: Type.Integer({
      description:
        'Entries after which a checkpoint is signed; also once a day when something happened, and at the end.',
      default: DEFAULTS.checkpoint_every,
      minimum: 1,
      maximum: 10_000,
    }),
  },
  { additionalProperties: false, description: 'The audit log: who did what, so that tampering is found.' },
)

/** Options with their defaults filled in. */
export type AuditOptions = Static<typeof AuditOptions>

/** What holds for the gateway: the options of the default answer; `undefined` where the operator switched the audit log off. */
export function auditOptionsOf(
  routes: readonly { readonly options: Readonly<Record<string, unknown>> }[],
): AuditOptions | undefined {
  return routes.at(-1)?.options.audit as AuditOptions | undefined
}

/** What holds where nobody says anything. */
export const DEFAULT_OPTIONS: AuditOptions = DEFAULTS
