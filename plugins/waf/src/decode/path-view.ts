/**
 * How a careless server may read odd codings in a path: `%qf`, `%c0%5e`, `0x2e`, `..2f` and bytes that are no UTF-8 become dots and slashes. Only
 * for the path rules; '' if nothing is odd.
 */
export function toPathView(text: string): string {
  const view = text
    .replaceAll(/%2%e/g, '.')
    .replaceAll(/%2%f|%5%c/g, '/')
    .replaceAll('\0', '')
    .replaceAll(/0x(?:2e|5e)/g, '.')
    .replaceAll(/0x(?:2f|5c)/g, '/')
    .replaceAll(/\ufffd[^a-z0-9./\\%]?/g, '\ufffd')
    .replaceAll(/%(?:u[0-9a-z]{4}|[0-9a-z]{2})/g, '/')
    .replaceAll(/\.\.(?:2f|5c|c0af|c19c)/g, '../')
    .replaceAll(/(?<=[/\\.][a-z0-9]{2,12})(?:2f|5c)(?=[a-z])/g, '/')
    .replaceAll('\ufffd', '')
  return view === text ? '' : view
}
