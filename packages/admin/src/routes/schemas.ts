import { ROLES } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

/** The name of an account. */
export const UserName = Type.String({
  description: 'Name of an account: letters, digits, and ._@- inside.',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$',
})

/** A role. */
export const RoleName = Type.Enum([...ROLES], {
  description: 'viewer reads, operator also acts, admin does everything.',
})

/** A password as it is sent. */
export const PasswordText = Type.String({ description: 'A password.', minLength: 1, maxLength: 256 })

/** A code of the second factor. */
export const CodeText = Type.String({
  description: 'Six digits of the authenticator app, or a recovery code.',
  minLength: 6,
  maxLength: 40,
})

/** A point in time. */
export const Time = Type.String({ description: 'ISO 8601, UTC.' })

/** The answer where there is nothing to say. */
export const Nothing = Type.Null({ description: 'Done.' })

/** A closed object. */
export function closed<P extends Parameters<typeof Type.Object>[0]>(properties: P) {
  return Type.Object(properties, { additionalProperties: false })
}
