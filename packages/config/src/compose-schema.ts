import { type Plugin, toPlainSchema } from '@drawbridge/plugin-kit'
import { MainKeys } from './main-keys.ts'
import { appNames } from './plugin-layers.ts'
import { RouteKeys } from './route-keys.ts'

/** Plain JSON Schema. */
export type JsonSchema = { [key: string]: unknown }

/**
 * The JSON Schema (draft-07) of drawbridge.yaml and of route files, for editors: one schema, because both name it in
 * their first line. A document with `host` is a route.
 */
export function composeSchema(plugins: readonly Plugin[]): JsonSchema {
  const definitions: JsonSchema = {
    interpolation: { type: 'string', pattern: String.raw`\$\{(env|file):[^}]+\}` },
    ...Object.fromEntries(plugins.map((plugin) => [plugin.key, pluginSchema(plugin)])),
  }
  const keys = routeKeys(plugins)
  const closed = { type: 'object', additionalProperties: false }
  const { host, ...shared } = keys
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Drawbridge configuration',
    type: 'object',
    if: { required: ['host'] },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: { $ref: '#/definitions/route' },
    else: { $ref: '#/definitions/main' },
    definitions: {
      ...definitions,
      route: { ...closed, required: ['host'], properties: keys },
      main: { ...closed, properties: mainKeys(shared) },
    },
  }
}

function routeKeys(plugins: readonly Plugin[]): JsonSchema {
  const keys = toEditorSchema(RouteKeys).properties as JsonSchema
  const references = plugins.map(({ key }) => [key, { $ref: `#/definitions/${key}` }])
  const app = { ...(keys.app as JsonSchema), enum: appNames(plugins) }
  return { ...keys, ...(appNames(plugins).length === 0 ? {} : { app }), ...Object.fromEntries(references) }
}

function mainKeys(shared: JsonSchema): JsonSchema {
  const keys = toEditorSchema(MainKeys).properties as JsonSchema
  const short = (long: unknown): JsonSchema => {
    const { description, default: standard, ...rest } = long as JsonSchema
    return { description, default: standard, anyOf: [{ type: ['integer', 'string'] }, rest] }
  }
  return {
    ...keys,
    listen: short(keys.listen),
    admin: short(keys.admin),
    routes: {
      description: 'Folder with the route files, relative to this file, or the routes themselves.',
      default: 'routes/',
      anyOf: [{ type: 'string' }, { type: 'array', items: { $ref: '#/definitions/route' } }],
    },
    defaults: {
      description: 'Merged under every route: any key of a route but host.',
      default: {},
      type: 'object',
      additionalProperties: false,
      properties: shared,
    },
  }
}

function pluginSchema({ name, options, isOnByDefault }: Plugin): JsonSchema {
  const block = toEditorSchema(options)
  const enabled = { description: 'Whether the plugin is on.', type: 'boolean', default: true }
  const properties = { enabled, ...(block.properties as JsonSchema) }
  return {
    description: block.description ?? `Options of the plugin ${name}; true is on with defaults, false is off.`,
    default: isOnByDefault,
    anyOf: [{ type: 'boolean' }, { ...block, properties }, { $ref: '#/definitions/interpolation' }],
  }
}

/** Plain draft-07 in which every number and boolean may also be an interpolation. */
function toEditorSchema(schema: object): JsonSchema {
  const plain: unknown = JSON.parse(JSON.stringify(toPlainSchema(schema)))
  return openToInterpolation(plain) as JsonSchema
}

function openToInterpolation(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(openToInterpolation)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, KEPT.has(key) ? value : openToInterpolation(value)]),
  )
  if (Array.isArray(inner.required)) inner.required = withoutDefaults(inner.required, inner.properties)
  if (!needsInterpolation(inner)) return inner
  const { description, default: standard, ...rest } = inner
  const annotations = {
    ...(description === undefined ? {} : { description }),
    ...(standard === undefined ? {} : { default: standard }),
  }
  return { ...annotations, anyOf: [rest, { $ref: '#/definitions/interpolation' }] }
}

/** TypeBox requires every key that is not optional; in a file, a key with a default may be left out. */
function withoutDefaults(required: readonly unknown[], properties: unknown): unknown[] {
  const byName = (properties ?? {}) as Readonly<Record<string, JsonSchema>>
  return required.filter((name) => byName[String(name)]?.default === undefined)
}

/** Values, not schemas. */
const KEPT = new Set(['default', 'enum', 'const', 'required', 'examples', 'type', 'pattern', 'description'])

function needsInterpolation({ type, const: constant, pattern, enum: choices }: JsonSchema): boolean {
  if (type === 'number' || type === 'integer' || type === 'boolean') return true
  return constant !== undefined || choices !== undefined || (type === 'string' && pattern !== undefined)
}
