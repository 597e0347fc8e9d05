/** Lines that wait for their way out, bounded in bytes. */
export interface LineQueue {
  /** Takes a line; false, and counted, where the queue is full. */
  push(line: string): boolean
  /** All that waits, as one text; empty when nothing does. */
  take(): string
  /** How many lines were not taken since the last call. */
  takeDropped(): number
}

/** Makes a queue of at most `maxLength` characters. */
export function createLineQueue(maxLength: number): LineQueue {
  let lines: string[] = []
  let length = 0
  let dropped = 0
  return {
    push(line) {
      if (length + line.length >= maxLength) {
        dropped += 1
        return false
      }
      lines.push(line)
      length += line.length + 1
      return true
    },
    take() {
      if (lines.length === 0) return ''
      const text = `${lines.join('\n')}\n`
      lines = []
      length = 0
      return text
    },
    takeDropped() {
      const count = dropped
      dropped = 0
      return count
    },
  }
}
