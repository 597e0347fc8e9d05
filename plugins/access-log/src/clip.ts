/** At most `maxLength` characters of a text. What is clipped is copied: a slice would keep the whole text in memory. */
export function clip(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : Buffer.from(text.slice(0, maxLength)).toString()
}

/** `clip`, and null for an empty text. */
export function clipOrNull(text: string, maxLength: number): string | null {
  return text === '' ? null : clip(text, maxLength)
}
