/** What was written as one value or as a list of them, as a list. */
export function asList<T extends string | number | boolean>(value: T | readonly T[]): readonly T[] {
  return typeof value === 'object' ? value : [value]
}
