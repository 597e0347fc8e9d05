import { Readable } from 'node:stream'

/** A backend's body as a stream, for plugins that change it; reading asks the backend for more. */
export class ClaimedBody extends Readable {
  readonly #resume: () => void

  constructor(resume: () => void) {
    super()
    this.#resume = resume
  }

  override _read(): void {
    this.#resume()
  }
}
