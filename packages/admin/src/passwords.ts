import { hash, verify } from '@node-rs/argon2'
import { Busy, WeakPassword, withPointer, withRetryAfter } from './errors.ts'
import { randomToken } from './secret-text.ts'

/** OWASP's first choice for argon2id, which is this library's default algorithm: 19 MiB, two passes, one lane. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const MIN_LENGTH = 12
/** Hashes that may wait for the one being calculated. */
const MAX_WAITING = 16

/** Hashes and checks passwords, one at a time: libuv has four threads, and the proxy's DNS look-ups and files need them too. */
export interface Passwords {
  hash(password: string): Promise<string>
  /** False also without a hash, after the same time. */
  verify(stored: string | undefined, password: string): Promise<boolean>
}

/** Makes the one place where passwords are calculated. It rejects with `Busy` where too many wait. */
export async function createPasswords(): Promise<Passwords> {
  const queue = createQueue()
  const nobodys = await hash(randomToken(), ARGON2)
  return {
    hash: (password) => queue(() => hash(password, ARGON2)),
    async verify(stored, password) {
      const isRight = await queue(() => verify(stored ?? nobodys, password))
      return stored !== undefined && isRight
    },
  }
}

/** Throws `WeakPassword` with the rule that is broken. Length is what counts; no rules of composition. */
export function assertPassword(password: string, userName: string): void {
  if (password.length < MIN_LENGTH) throw weak(`is shorter than ${MIN_LENGTH} characters`)
  const withoutName = password.toLowerCase().replaceAll(userName.toLowerCase(), '')
  if (withoutName.length < MIN_LENGTH / 2) throw weak('is little more than the user name')
  if (new Set(password).size < 4) throw weak('repeats the same few characters')
}

function weak(rule: string) {
  return withPointer(new WeakPassword(rule), '/password')
}

function createQueue() {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return <T>(job: () => Promise<T>): Promise<T> => {
    if (waiting >= MAX_WAITING) return Promise.reject(withRetryAfter(new Busy(), 1))
    waiting += 1
    const result = last.then(job)
    const done = () => {
      waiting -= 1
    }
    last = result.then(done, done)
    return result
  }
}
