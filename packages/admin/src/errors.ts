import createError from '@fastify/error'

/** 401: no credentials, or none that are valid. The same for everything that is not open, whether it exists or not. */
export const NotSignedIn = createError(
  'DRAWBRIDGE_ADMIN_NOT_SIGNED_IN',
  'Sign in with POST /api/login, or send an API token in the Authorization header.',
  401,
)

/** 401: the same for an unknown user, a wrong password and an account that has no password yet. */
export const BadLogin = createError('DRAWBRIDGE_ADMIN_BAD_LOGIN', 'User name, password or code is wrong.', 401)

/** 401: the password is right, the account wants a second factor. */
export const CodeNeeded = createError(
  'DRAWBRIDGE_ADMIN_CODE_NEEDED',
  'This account has a second factor: send "code" too, from the authenticator app or a recovery code.',
  401,
)

/** 429: too many wrong passwords, codes or setup tokens; with `Retry-After`. */
export const Throttled = createError('DRAWBRIDGE_ADMIN_THROTTLED', 'Too many attempts. Try again later.', 429)

/** 421: the `Host` is none of this listener's: DNS rebinding, or a name that is missing in admin.allowed_hosts. */
export const WrongHost = createError(
  'DRAWBRIDGE_ADMIN_WRONG_HOST',
  'This listener does not answer to that host name. Add it to admin.allowed_hosts if it is yours.',
  421,
)

/** 403: the request comes from a page of another origin. */
export const WrongOrigin = createError(
  'DRAWBRIDGE_ADMIN_WRONG_ORIGIN',
  'Requests from pages of another origin are refused.',
  403,
)

/** 403: a browser would not keep the cookie, and the password would travel in clear. */
export const NeedsTls = createError(
  'DRAWBRIDGE_ADMIN_NEEDS_TLS',
  'Signing in needs https, or localhost: set admin.tls, put a TLS proxy in front and name it in admin.allowed_hosts, or use an SSH tunnel (ssh -L 9900:127.0.0.1:9900 HOST).',
  403,
)

/** 403: the caller's role is too low. */
export const RoleTooLow = createError<[needed: string, own: string]>(
  'DRAWBRIDGE_ADMIN_ROLE_TOO_LOW',
  'This needs the role %s; yours is %s.',
  403,
)

/** 403: the token was not made for this. */
export const ScopeMissing = createError<[scope: string]>(
  'DRAWBRIDGE_ADMIN_SCOPE_MISSING',
  'The token lacks the scope "%s".',
  403,
)

/** 403: wants a password entered within the last minutes, a token with the scope `sensitive`, or the command line. */
export const FreshPasswordNeeded = createError(
  'DRAWBRIDGE_ADMIN_FRESH_PASSWORD_NEEDED',
  'Enter your password again first (POST /api/session/confirm). Tokens need the scope "sensitive".',
  403,
)

/** 403: for accounts signed in with a password only, neither tokens nor the command line. */
export const SessionNeeded = createError(
  'DRAWBRIDGE_ADMIN_SESSION_NEEDED',
  'Only an account that is signed in with its password can do this, no token and no command.',
  403,
)

/** 403: the setup token is unknown, used, expired, or for another account. */
export const BadSetupToken = createError(
  'DRAWBRIDGE_ADMIN_BAD_SETUP_TOKEN',
  'The setup token is not valid, or not for this user name. Get a new one on the machine: drawbridge admin setup-token, or drawbridge admin reset-password NAME.',
  403,
)

/** 400: the password breaks a rule. */
export const WeakPassword = createError<[rule: string]>('DRAWBRIDGE_ADMIN_WEAK_PASSWORD', 'The password %s.', 400)

/** 400: something in the request makes no sense; the sentence says what. */
export const BadInput = createError<[sentence: string]>('DRAWBRIDGE_ADMIN_BAD_INPUT', '%s', 400)

/** 404 for callers that are signed in. */
export const NotFound = createError<[what: string]>('DRAWBRIDGE_ADMIN_NOT_FOUND', 'There is no such %s.', 404)

/** 409: the state of things forbids it. */
export const Conflict = createError<[sentence: string]>('DRAWBRIDGE_ADMIN_CONFLICT', '%s', 409)

/** 409: nobody could administrate the gateway any more. */
export const LastAdmin = createError(
  'DRAWBRIDGE_ADMIN_LAST_ADMIN',
  'This is the last admin who can sign in. The account can be neither removed nor given another role.',
  409,
)

/** 503: the database did not take or give what was needed. Comes back by itself. */
export const StorageAway = createError(
  'DRAWBRIDGE_ADMIN_STORAGE_AWAY',
  'The database is not available. It is tried again by itself; the log says what is wrong.',
  503,
)

/** 503: changes are made only when they can be accounted for. */
export const AuditAway = createError(
  'DRAWBRIDGE_ADMIN_AUDIT_AWAY',
  'The audit log cannot be written, so nothing was changed.',
  503,
)

/** 503: more sign-ins at once than this machine should calculate. */
export const Busy = createError('DRAWBRIDGE_ADMIN_BUSY', 'Too many sign-ins at once. Try again in a moment.', 503)

/** Sets after how many seconds it may be tried again (`Retry-After`). */
export function withRetryAfter<E extends Error>(error: E, seconds: number): E & { readonly retryAfter: number } {
  return Object.assign(error, { retryAfter: Math.max(1, Math.ceil(seconds)) })
}

/** Names the place in the request's body, as a JSON pointer, that the error is about. */
export function withPointer<E extends Error>(error: E, pointer: string): E & { readonly pointer: string } {
  return Object.assign(error, { pointer })
}
