import { checkAddressEntries, checkBanDuration, type Problem } from '@drawbridge/plugin-kit'
import { listLogins } from './login-signature.ts'
import type { RateLimitOptions } from './options.ts'

type Path = readonly (string | number)[]

/** Finds entries that cannot be read, that rule nothing, or that would lock people out of ordinary pages. */
export function checkRateLimit(options: RateLimitOptions): readonly Problem[] {
  const logins = listLogins(options.login)
  const loginPath = (index: number): Path => (Array.isArray(options.login) ? ['login', index] : ['login'])
  return [
    ...checkAddressEntries(options.exempt, ['exempt']),
    ...checkBanDuration(options.ban_duration, []),
    ...options.paths.flatMap((entry, index) => checkBanDuration(entry.ban_duration, ['paths', index])),
    ...logins.flatMap((login, index) => checkBanDuration(login.ban_duration, loginPath(index))),
    ...findRepeated(options),
    ...findIdle(options),
    ...findTight(options),
  ]
}

/** Of two entries with one path the second would never count. */
function findRepeated({ paths }: RateLimitOptions): Problem[] {
  const seen = new Set<string>()
  return paths.flatMap(({ path }, index) => {
    const isNew = !seen.has(path.toLowerCase())
    seen.add(path.toLowerCase())
    if (isNew) return []
    const message = `there is an entry for ${path} above: this one never counts`
    return [{ severity: 'error' as const, code: 'repeated', path: ['paths', index, 'path'], message }]
  })
}

function findIdle({ per_ip, paths, ban_after }: RateLimitOptions): Problem[] {
  const idle = paths.flatMap((entry, index): Problem[] => {
    const isIdle = entry.per_ip === undefined && entry.global === undefined
    const message = 'neither "per_ip" nor "global" is given: the entry changes nothing'
    return isIdle ? [{ severity: 'warning', code: 'no-effect', path: ['paths', index], message }] : []
  })
  if (ban_after === undefined || per_ip !== undefined || paths.some((entry) => entry.per_ip !== undefined)) return idle
  const message = '"ban_after" has no effect without "per_ip": nobody is banned because of a limit for all together'
  return [...idle, { severity: 'warning', code: 'no-effect', path: ['ban_after'], message }]
}

/** A page with its scripts, styles and pictures is some dozens of requests. */
const REQUESTS_OF_A_PAGE = 30

function findTight({ per_ip, burst }: RateLimitOptions): Problem[] {
  if (per_ip === undefined || per_ip.count + burst >= REQUESTS_OF_A_PAGE) return []
  return [
    {
      severity: 'warning',
      code: 'tight-limit',
      path: ['per_ip'],
      message: `${per_ip.count + burst} requests are fewer than most pages need to load`,
      hint: 'add "burst: 60", or put the limit on single paths under "paths"',
    },
  ]
}
