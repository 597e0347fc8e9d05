import type { Clock } from '@drawbridge/plugin-kit'

/** What a change detector compares, when, and whom it tells. */
export interface ChangeDetectorOptions {
  /** Another text whenever something differs. Must not reject. */
  fingerprint(): Promise<string>
  /** Called once per settled change. */
  onChange(): void
  readonly clock: Clock
  /** Milliseconds between looks when nobody pokes. */
  readonly pollMs: number
  /** Milliseconds without a poke after which a change counts as settled. */
  readonly debounceMs: number
}

/** Tells when a fingerprint has changed. */
export interface ChangeDetector {
  /** Says that something may have changed. */
  poke(): void
  close(): void
}

/** Starts comparing. Resolves once the first fingerprint, against which changes count, is known. */
export async function createChangeDetector(options: ChangeDetectorOptions): Promise<ChangeDetector> {
  const { clock, fingerprint, onChange } = options
  let known = await fingerprint()
  let isClosed = false
  let stopWaiting = () => {}
  const look = async (): Promise<boolean> => {
    const now = await fingerprint()
    return !isClosed && now !== known
  }
  const settle = async () => {
    stopWaiting()
    const now = await fingerprint()
    if (isClosed || now === known) return
    known = now
    onChange()
  }
  const poke = () => {
    stopWaiting()
    stopWaiting = clock.every(options.debounceMs, settle)
  }
  const stopPolling = clock.every(options.pollMs, async () => {
    // Whoever is writing may not be done yet, so a difference seen by chance waits as long as any other.
    if (await look()) poke()
  })
  return {
    poke,
    close() {
      isClosed = true
      stopWaiting()
      stopPolling()
    },
  }
}
