import type { Thresholds } from '../src/thresholds.ts'

/** Bounds that differ from each other. */
export const thresholds: Thresholds = {
  clientBodyMs: 1000,
  writeMs: 2000,
  responseHeaderMs: 3000,
  readMs: 4000,
  clientReadMs: 5000,
  totalMs: Number.POSITIVE_INFINITY,
  minUploadRate: 100,
}
