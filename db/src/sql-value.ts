/** What a column can hold. Write a boolean as 0 or 1 and a date as seconds. */
export type SqlValue = string | number | bigint | Uint8Array | null
