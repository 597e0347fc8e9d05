import type { ServerResponse } from 'node:http'

/**
 * Sends a `103` (RFC 8297). Written by hand: `writeEarlyHints` throws at links that are fine (RFC 8288), such as two in one header.
 */
export function sendEarlyHints({ socket }: ServerResponse, headers: readonly string[]): void {
  // Hints help a client that reads; for one that does not they would only pile up.
  if (socket === null || socket.writableNeedDrain) return
  let links = ''
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() === 'link') links += `Link: ${headers[i + 1]}\r\n`
  }
  if (links !== '') socket.write(`HTTP/1.1 103 Early Hints\r\n${links}\r\n`, 'latin1')
}

/** The head of a `101`: the backend's headers, with the two that are each connection's own (RFC 9110 7.8). */
export function formatSwitchingHead(headers: readonly string[], protocol: string): string {
  let text = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n`
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${text}\r\n`
}
