import { createWindow, type LimitShape, type SlidingWindow } from './sliding-window.ts'

const MAX_REQUEST_IDS = 10

/** What is remembered of a client under one rule. */
export class ClientEntry {
  readonly key: string
  /** One of its addresses, in memory alone; empty where the entry is for more than one client. */
  readonly address: string
  /** Taken since this was stored last. */
  unsaved = 0
  /** Refusals that no row of `rate_limit_violations` tells of yet. */
  unwritten = 0
  /** Wall-clock milliseconds of that row. */
  writtenAt = 0
  /** Refusals that count for a ban. */
  violations: SlidingWindow | undefined = undefined
  /** Of the requests that were refused last, newest last. */
  requestIds: string[] = []
  #shape: LimitShape
  #window: SlidingWindow
  #violationsShape: LimitShape | undefined = undefined

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

  /** Counts a refusal; how many there were within the shape's window. */
  addViolation(shape: LimitShape, now: number, requestId: string): number {
    if (this.violations === undefined || shape !== this.#violationsShape) {
      this.violations = createWindow(shape, this.violations?.times())
      this.#violationsShape = shape
    }
    this.violations.take(now)
    this.rememberRequest(requestId)
    return this.violations.count(now)
  }

  rememberRequest(requestId: string): void {
    if (this.requestIds.length === MAX_REQUEST_IDS) this.requestIds.shift()
    this.requestIds.push(requestId)
  }

  /** Whether nothing that still counts is in it. */
  isIdle(now: number, violationsMs: number): boolean {
    const isOver = now - this.#window.newest >= this.#shape.longMs && this.unsaved === 0
    return isOver && (this.violations === undefined || now - this.violations.newest >= violationsMs)
  }
}
