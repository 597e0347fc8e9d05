import {
  type BodyLimit,
  mostSpecific,
  type PathPatternValue,
  parsePathPattern,
  withDetails,
} from '@drawbridge/plugin-kit'
import { BodyTooLarge, ResponseTooLarge } from './errors.ts'
import type { LimitsOptions } from './options.ts'

/** The limits that hold for a request, made once per route and path. */
export interface LimitSet {
  readonly maxUrlBytes: number
  readonly maxHeaderBytes: number
  readonly maxHeaderCount: number
  readonly requestBody: BodyLimit
  readonly responseBody: BodyLimit | undefined
}

/** Finds the limits for a path (`record.policyPath`). */
export type FindLimits = (path: string) => LimitSet

type PathLimits = LimitsOptions['paths'][number]

/** Compiles a route's options to the limits of each of its paths. */
export function compileLimits(options: LimitsOptions): FindLimits {
  const ofRoute = limitSet(options)
  const entries = options.paths.flatMap((entry) => compileEntry(options, entry))
  if (entries.length === 0) return () => ofRoute
  return (path) => mostSpecific(entries, path)?.limits ?? ofRoute
}

function compileEntry(
  options: LimitsOptions,
  entry: PathLimits,
): { readonly pattern: PathPatternValue; readonly limits: LimitSet }[] {
  const pattern = parsePathPattern(entry.path)
  // The schema has refused whatever is no pattern.
  return pattern === undefined ? [] : [{ pattern, limits: limitSet({ ...options, ...entry }) }]
}

function limitSet(options: Omit<LimitsOptions, 'paths'>): LimitSet {
  const maxResponseBytes = options.max_response_body
  return {
    maxUrlBytes: options.max_url,
    maxHeaderBytes: options.max_request_headers,
    maxHeaderCount: options.max_header_count,
    requestBody: requestLimit(options.max_request_body),
    responseBody: maxResponseBytes === undefined ? undefined : responseLimit(maxResponseBytes),
  }
}

function requestLimit(maxBytes: number): BodyLimit {
  return {
    maxBytes,
    // Counting stops here: how large the body would have become nobody knows, so no size is given.
    error: (bytes) => withDetails(new BodyTooLarge(`at least ${bytes}`, maxBytes), { max_size: maxBytes }),
  }
}

function responseLimit(maxBytes: number): BodyLimit {
  return { maxBytes, error: (bytes) => new ResponseTooLarge(bytes, maxBytes) }
}
