/**
 * The text with everything removed that splits words only to evade filters: comments, tiny tags (`al<x>ert`) and escaped quotes (`se\",\"lect`)
 * in the middle of words.
 */
export function toJoinedView(text: string): string {
  return text
    .replaceAll(/\/\*[^*]{0,40}\*\//g, '')
    .replaceAll(/(?<=\w)<\w>(?=\w|\()/g, '')
    .replaceAll(/(?<=[a-z])\\["'][,\\"' ]{0,6}(?=[a-z])/g, '')
}
