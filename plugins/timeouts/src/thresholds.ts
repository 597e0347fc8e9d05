import { formatDuration, formatSize } from '@drawbridge/plugin-kit'
import {
  ClientBodyTimeout,
  ClientReadTimeout,
  ReadTimeout,
  ResponseHeaderTimeout,
  TotalTimeout,
  UploadTooSlow,
  WriteTimeout,
} from './errors.ts'
import type { TimeoutsOptions } from './options.ts'
import type { TimeoutKind } from './timeout-kind.ts'

/** A route's bounds, decided once. Milliseconds; the rate in bytes a second, 0 is none. */
export interface Thresholds {
  readonly responseHeaderMs: number
  readonly readMs: number
  readonly writeMs: number
  readonly clientBodyMs: number
  readonly clientReadMs: number
  readonly totalMs: number
  readonly minUploadRate: number
}

/** Reads a route's bounds from its options. */
export function toThresholds(options: TimeoutsOptions): Thresholds {
  return Object.freeze({
    responseHeaderMs: options.response_header ?? options.read,
    readMs: options.read,
    writeMs: options.write,
    clientBodyMs: options.client_body,
    clientReadMs: options.client_read,
    totalMs: options.total ?? Number.POSITIVE_INFINITY,
    minUploadRate: options.min_upload_rate,
  })
}

/** Kinds that this plugin finds; `connect` is found where connections are made. */
export type WatchedKind = Exclude<TimeoutKind, 'connect'>

/** The error that ends a request, with the bound in words. */
export function toError(kind: WatchedKind, thresholds: Thresholds) {
  switch (kind) {
    case 'response_header':
      return new ResponseHeaderTimeout(formatDuration(thresholds.responseHeaderMs))
    case 'read':
      return new ReadTimeout(formatDuration(thresholds.readMs))
    case 'write':
      return new WriteTimeout(formatDuration(thresholds.writeMs))
    case 'client_body':
      return new ClientBodyTimeout(formatDuration(thresholds.clientBodyMs))
    case 'upload_rate':
      return new UploadTooSlow(formatSize(thresholds.minUploadRate))
    case 'client_read':
      return new ClientReadTimeout(formatDuration(thresholds.clientReadMs))
    case 'total':
      return new TotalTimeout(formatDuration(thresholds.totalMs))
  }
}
