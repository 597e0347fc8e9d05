import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'

const STRICT = { allErrors: true, useDefaults: true, removeAdditional: false, strictTypes: false } as const

/**
 * Fastify's own validator removes keys that it does not know and turns "5" into 5. A typo in a body must be an error instead; texts become
 * numbers only where everything is text: in queries and paths.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
  const bodies = formats.default(new Ajv({ ...STRICT, coerceTypes: false }))
  const texts = formats.default(new Ajv({ ...STRICT, coerceTypes: 'array' }))
  return ({ schema, httpPart }) => (httpPart === 'body' ? bodies : texts).compile(schema)
}
