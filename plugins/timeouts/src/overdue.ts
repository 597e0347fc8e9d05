import type { Exchange } from '@drawbridge/plugin-kit'
import type { Thresholds, WatchedKind } from './thresholds.ts'

/**
 * What a conversation with a backend has waited for too long: silence is measured, not length, so that event streams and long
 * downloads live as long as bytes move. While connecting, the connection pool keeps the time.
 */
export function findOverdue(exchange: Exchange, now: number, thresholds: Thresholds): WatchedKind | undefined {
  const quietMs = now - exchange.lastProgressAt
  const isClientDue = exchange.waitingFor === 'client'
  switch (exchange.phase) {
    case 'sending':
      if (isClientDue) return quietMs >= thresholds.clientBodyMs ? 'client_body' : undefined
      return quietMs >= thresholds.writeMs ? 'write' : undefined
    case 'waiting':
      return quietMs >= thresholds.responseHeaderMs ? 'response_header' : undefined
    case 'receiving':
      if (isClientDue) return quietMs >= thresholds.clientReadMs ? 'client_read' : undefined
      return quietMs >= thresholds.readMs ? 'read' : undefined
    default:
      return undefined
  }
}
