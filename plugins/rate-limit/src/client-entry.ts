import { createWindow, type LimitShape, type SlidingWindow } from './sliding-window.ts'

const MAX_REQUEST_IDS = 10

/** What is remembered of a client under one rule. */
export class ClientEntry {
  readonly key: string
  /** One of its addresses, in memory alone; empty where the entry is for more than one client. */
  readonly address: string
  /** Taken since this was stored last. */
  unsaved = 0
  /** Refusals that count for a ban, since those were stored last. */
  unsavedViolations = 0
  /** Refusals that no row of `rate_limit_violations` tells of yet. */
  unwritten = 0
  /** Monotonic milliseconds of the row before. */
  writtenAt = Number.NEGATIVE_INFINITY
  /** Of the requests that were refused last, newest last. */
  requestIds: string[] = []
  #shape: LimitShape
  #window: SlidingWindow
  /** Refusals that count for a ban. */
  #violations: SlidingWindow | undefined = undefined
  #violationsShape: LimitShape | undefined = undefined
  /** Refusals from before a restart, until the next one shows which window they are for. */
  #pastViolations: readonly number[] = []

  constructor(key: string, address: string, shape: LimitShape) {
    this.key = key
    this.address = address
    this.#shape = shape
    this.#window = createWindow(shape)
  }

  /** The window in the shape that the rule has now: a reload that changes the limit keeps what happened. */
  window(shape: LimitShape): SlidingWindow {
    if (shape !== this.#shape) {
      this.#window = createWindow(shape, this.#window.times())
      this.#shape = shape
    }
    return this.#window
  }

  /** Puts what happened before the gateway was restarted in front. */
  remember(times: readonly number[]): void {
    this.#window = createWindow(
      this.#shape,
      [...times, ...this.#window.times()].sort((a, b) => a - b),
    )
  }

  /** The same with refusals that count for a ban; times oldest first. */
  rememberViolations(times: readonly number[]): void {
    this.#pastViolations = times
  }

  /** Counts a refusal; how many there were within the shape's window. */
  addViolation(shape: LimitShape, now: number, requestId: string): number {
    if (this.#violations === undefined || shape !== this.#violationsShape) {
      this.#violations = createWindow(shape, [...this.#pastViolations, ...(this.#violations?.times() ?? [])])
      this.#violationsShape = shape
      this.#pastViolations = []
    }
    this.#violations.take(now)
    this.unsavedViolations += 1
    this.rememberRequest(requestId)
    return this.#violations.count(now)
  }

  /** After a ban refusals begin anew. */
  forgetViolations(): void {
    this.#violations = undefined
    this.#pastViolations = []
    this.unsavedViolations = 0
    this.requestIds = []
  }

  rememberRequest(requestId: string): void {
    if (this.requestIds.length === MAX_REQUEST_IDS) this.requestIds.shift()
    this.requestIds.push(requestId)
  }

  /** Whether nothing was counted for it, also not before a restart. */
  get isUntouched(): boolean {
    return this.#window.newest === Number.NEGATIVE_INFINITY
  }

  /** Whether nothing that still counts is in it. */
  isIdle(now: number, violationsMs: number): boolean {
    if (this.unsaved > 0 || this.unsavedViolations > 0 || now - this.#window.newest < this.#shape.longMs) return false
    const newest = this.#violations?.newest ?? this.#pastViolations.at(-1) ?? Number.NEGATIVE_INFINITY
    return now - newest >= violationsMs
  }
}
