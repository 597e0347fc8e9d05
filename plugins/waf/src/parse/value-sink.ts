/** Takes what a parser finds: the text with the bounds of a value, so that nothing is copied without need. */
export interface ValueSink {
  /** A value: `isForm` where `%` and `+` still stand for other characters. */
  value(text: string, start: number, end: number, isForm: boolean): void
  /** A name, such as a parameter's, in front of its value. */
  name(text: string, start: number, end: number, isForm: boolean): void
  /** What a part of a multipart body says it is. */
  partType?(contentType: string): void
}
