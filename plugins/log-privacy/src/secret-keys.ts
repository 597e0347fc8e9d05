/** Names of secrets, as parts of a key: `newPassword`, `csrf_token`, `X-Amz-Signature`. Keys come here in lower case, letters and digits only. */
const SECRET_NAME =
  /passw|kennwort|passphrase|(?:^|user|db|new|old)pass$|pwd$|secret|token$|apikey|accesskey|privatekey|signature$|credential|authorization$|session$|sessionid$|sessid$|^(?:sid|auth|cookie|setcookie|jwt|bearer|otp|totp|saml(?:request|response)|assertion)$|^remember/
/** Names that mean a secret in a query, and in prose mostly something else. */
const SECRET_PARAMETERS = new Set(['key', 'code', 'sig', 'ticket', 'pin', 'pass', 'mfa', 'recoverycode', 'verifycode'])

/** Knows which keys have a secret as value. */
export interface SecretKeys {
  /** For keys of a query or form: `token`, `%74oken`, `a[token]`, `Access-Token`, and the listed ones. */
  isSecretParameter(key: string): boolean
  /** For keys anywhere in text, such as `password: …`: only names that mean nothing else. */
  isSecretName(key: string): boolean
}

/** Compiles the keys that a route lists, besides the safe defaults. */
export function createSecretKeys({
  listed,
  hasDefaults,
}: {
  listed: readonly string[]
  hasDefaults: boolean
}): SecretKeys {
  const own = new Set(listed.map(normalise))
  const isName = (part: string) => own.has(part) || (hasDefaults && SECRET_NAME.test(part))
  const isParameter = (part: string) => isName(part) || (hasDefaults && SECRET_PARAMETERS.has(part))
  return {
    isSecretParameter: (key) => partsOf(key).some(isParameter),
    isSecretName: (key) => partsOf(key).some(isName),
  }
}

/** The names in `user[api.key]`, and the whole: some list keys with a dot. */
function partsOf(key: string): string[] {
  const whole = normalise(key)
  return /[[\].]/.test(key) ? [whole, ...key.split(/[[\].]+/).map(normalise)] : [whole]
}

/** Letters and digits in lower case: backends take `Access-Token` for `access_token`, and ignore control characters. */
function normalise(key: string): string {
  return key.toLowerCase().replace(/[\0-/:-`{-\x7f]+/g, '')
}
