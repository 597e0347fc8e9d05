/** The words of the pages in one language. */
export interface Language {
  readonly code: 'en' | 'de'
  /** What a status is called. */
  title(status: number): string
  /** What it means for the reader, in plain words. */
  message(status: number): string
  /** A number of bytes, rounded. */
  size(bytes: number): string
  /** A number of bytes to the byte. */
  exactSize(bytes: number): string
  moreThan(size: string): string
  tryAgain(seconds: number): string
  readonly maxSize: string
  readonly requestSize: string
  readonly requestId: string
  readonly reportId: string
  readonly contact: string
}

/** `in 30 seconds`, `in 5 minutes`: never earlier than the moment meant. */
export function formatDelay(seconds: number, format: Intl.RelativeTimeFormat): string {
  if (seconds < 120) return format.format(Math.max(1, Math.ceil(seconds)), 'second')
  if (seconds < 7200) return format.format(Math.ceil(seconds / 60), 'minute')
  if (seconds < 172_800) return format.format(Math.ceil(seconds / 3600), 'hour')
  return format.format(Math.ceil(seconds / 86_400), 'day')
}
