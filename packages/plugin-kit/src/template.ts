import type { RequestRecord } from './request-record.ts'

/** The run-time variables of header values. */
export const TEMPLATE_VARIABLES = {
  client_ip: (record) => record.clientAddress,
  host: (record) => record.host,
  request_id: (record) => record.requestId,
  country: (record) => record.country,
  scheme: (record) => record.scheme,
  method: (record) => record.method,
  path: (record) => record.path,
} satisfies Record<string, (record: RequestRecord) => string>

/** Text with its run-time variables filled in from a request record. */
export type Template = string | ((record: RequestRecord) => string)

const VARIABLE = /\$(\$\{)|\$\{([^}]*)\}/g

/**
 * Compiles `${client_ip}` and its like; `$${` is a literal `${`. Text without variables stays text.
 * Throws an Error naming the unknown variable and the known ones.
 */
export function compileTemplate(text: string): Template {
  const parts: Template[] = []
  let end = 0
  for (const match of text.matchAll(VARIABLE)) {
    parts.push(text.slice(end, match.index), match[1] ?? variable(match[2] ?? ''))
    end = match.index + match[0].length
  }
  if (parts.every((part) => typeof part === 'string')) return parts.join('') + text.slice(end)
  parts.push(text.slice(end))
  return (record) => {
    let filled = ''
    for (const part of parts) filled += typeof part === 'string' ? part : part(record)
    return filled
  }
}

function variable(name: string): Template {
  const read = Object.hasOwn(TEMPLATE_VARIABLES, name)
    ? TEMPLATE_VARIABLES[name as keyof typeof TEMPLATE_VARIABLES]
    : undefined
  if (read !== undefined) return read
  const known = Object.keys(TEMPLATE_VARIABLES).map((key) => `\${${key}}`)
  throw new Error(`unknown variable "\${${name}}"; there are ${known.join(', ')}`)
}
