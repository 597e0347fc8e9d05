import type { RequestEntry } from '@drawbridge/plugin-kit'

/** nginx's status for a client that left before there was an answer, which log programs know. */
const CLIENT_LEFT = 499
/** nginx's status for a connection that was cut without an answer. */
const CUT = 444

/** The status to log: the one sent, or where there was none, who ended it: 499 the client, 444 the gateway. */
export function shownStatus({ status, isAborted }: RequestEntry): number {
  if (status !== 0) return status
  return isAborted ? CLIENT_LEFT : CUT
}
