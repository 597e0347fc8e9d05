import type { RequestRecord } from '@drawbridge/plugin-kit'
import type { Thresholds } from './thresholds.ts'

/** When a period began, and how much of the body had come by then. */
interface Period {
  readonly startedAt: number
  readonly bytes: number
}

/**
 * Measures uploads from the outside, now and then, so that it costs a request nothing: only uploads that a sweep meets are
 * remembered. A period is as long as a client may be silent, or else a short silence would already be too slow.
 */
export class UploadMeter {
  readonly #periods = new Map<RequestRecord, Period>()
  readonly #thresholds: Thresholds

  constructor(thresholds: Thresholds) {
    this.#thresholds = thresholds
  }

  /** Looks at an upload that waits for its client. True when a whole period brought too few bytes. */
  isTooSlow(record: RequestRecord, now: number): boolean {
    const { minUploadRate, clientBodyMs } = this.#thresholds
    if (minUploadRate === 0) return false
    const period = this.#periods.get(record)
    const elapsedMs = period === undefined ? 0 : now - period.startedAt
    if (period !== undefined && elapsedMs < clientBodyMs) return false
    this.#periods.set(record, { startedAt: now, bytes: record.requestBodyBytes })
    if (period === undefined) return false
    return (record.requestBodyBytes - period.bytes) * 1000 < minUploadRate * elapsedMs
  }

  /** The request is not, or no longer, waiting for its client: what the backend delays is not the client's fault. */
  forget(record: RequestRecord): void {
    this.#periods.delete(record)
  }
}
