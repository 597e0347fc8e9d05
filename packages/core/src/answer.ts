/** A backend's answer on its way to the client. */
export interface Answer {
  /** False: the client should be waited for; the observer hears when it has taken what waits. */
  write(chunk: Buffer): boolean
  end(trailers: readonly string[]): void
  /** Forgets what has not gone out. With bytes gone, the client is left with a cut answer, not with one that looks whole. */
  abandon(error: Error): void
  /** Nothing has gone out: another answer can still take its place. */
  readonly isReplaceable: boolean
}

/** Who waits for a slow client. */
export interface AnswerObserver {
  clientReady(): void
}
