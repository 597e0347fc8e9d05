import createError from '@fastify/error'

/** The entry cannot be stored now; what it was to account for must not be done. */
export const AuditAway = createError(
  'DRAWBRIDGE_AUDIT_AWAY',
  'The audit log cannot be written, so nothing is done that must be in it. The log of the gateway says why.',
  503,
)

/** No entry of this number, or its content was removed after its period. */
export const NoSuchEntry = createError(
  'DRAWBRIDGE_AUDIT_NO_SUCH_ENTRY',
  'There is no such entry in the audit log, or its content was removed.',
  404,
)

/** No version of the configuration of this number. */
export const NoSuchVersion = createError(
  'DRAWBRIDGE_AUDIT_NO_SUCH_VERSION',
  'There is no such version of the configuration.',
  404,
)

/** A stored version of the configuration does not open with the key of this gateway. */
export const VersionUnreadable = createError(
  'DRAWBRIDGE_AUDIT_VERSION_UNREADABLE',
  'This version of the configuration cannot be decrypted: it was changed, or stored with another key (keys/audit.key).',
  409,
)

/** The configuration that was to be restored is not valid here any more. */
export const RestoreRefused = createError<[reason: string]>(
  'DRAWBRIDGE_AUDIT_RESTORE_REFUSED',
  'The configuration was not restored: %s',
  409,
)

/** A viewer looks for a person. */
export const NamesHidden = createError(
  'DRAWBRIDGE_AUDIT_NAMES_HIDDEN',
  'A viewer sees no names in the audit log and cannot search for them: this needs the role operator.',
  403,
)
