/** What a request's head says about its body. */
export interface BodyFacts {
  /** In lower case; of several the first that is inspected counts, as nobody knows which one the backend reads. */
  readonly contentType: string
  /** Content codings in the order in which they were applied, in lower case; `identity` is none. */
  readonly codings: readonly string[]
}

const NO_CODINGS: readonly string[] = []

/** Reads it from headers as Node's `rawHeaders`. `isWanted` says which content types are inspected. */
export function readBodyFacts(rawHeaders: readonly string[], isWanted: (contentType: string) => boolean): BodyFacts {
  let contentType: string | undefined
  let codings = NO_CODINGS
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length !== 12 && name.length !== 16) continue
    const lower = name.toLowerCase()
    const value = rawHeaders[index + 1] ?? ''
    if (lower === 'content-type') {
      if (contentType === undefined || !isWanted(contentType)) contentType = value.toLowerCase()
    } else if (lower === 'content-encoding') codings = [...codings, ...splitCodings(value)]
  }
  return { contentType: contentType ?? '', codings }
}

function splitCodings(value: string): string[] {
  const names = value.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => name !== '' && name !== 'identity')
}
