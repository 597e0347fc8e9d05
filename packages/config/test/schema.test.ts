// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolation is what is tested
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { composeSchema } from '../src/index.ts'
import { fakePlugins } from './support/fake-plugins.ts'

const schema = composeSchema(fakePlugins)
const ajv = new Ajv({ strict: true, strictTypes: false, allowUnionTypes: true, strictRequired: false })
const validate = ajv.compile(schema)

t.test('an editor accepts what the gateway accepts', async (t) => {
  for (const text of [
    'host: a.example\nbackend: http://localhost:3000',
    'host: [a.example, b.example]\nbackend: demo\napp: pterodactyl\nlimits: false\ntimeouts: { connect: 5s, read: 60 }',
    'host: a.example\nbackend: demo\nrate_limit: { enabled: true, global: 1000, paths: [{ path: /auth/*, per_ip: 5/10s, ban_after: "${env:BAN}" }] }',
    'host: a.example\nbackend: demo\nforwarded: "${env:F:-true}"\nlimits: "${env:L}"\nheaders: { preset: api }',
    '',
    'version: 1\nlisten: 8080\nadmin: 127.0.0.1:9900\nroutes: routes/\ndefaults: { limits: { max_request_body: 10mb } }',
    'listen: { http: "[::]:8080", header_timeout: 10s }\nroutes: [{ host: a.example, backend: demo }]\nwebhooks: [{ any: thing }]',
  ])
    t.ok(validate(parse(text) ?? {}), `${text} ${JSON.stringify(validate.errors)}`)
})

t.test('an editor refuses typing mistakes', async (t) => {
  for (const text of [
    'host: a.example\nbackend: demo\nbackends: x',
    'host: a.example\nbackend: demo\ntimeouts: { conect: 5s }',
    'host: a.example\nbackend: demo\ntimeouts: { connect: soon }',
    'host: a.example\nbackend: demo\napp: pterodactil',
    'host: a.example\nbackend: demo\nforwarded: maybe',
    'listn: 80',
    'defaults: { host: a.example }',
    'routes: [{ backend: demo }]',
  ])
    t.notOk(validate(parse(text)), text)
})

t.test('every key has a description, and there is nothing but JSON Schema in it', async (t) => {
  const without: string[] = []
  const foreign: string[] = []
  const visit = (node: unknown, path: string) => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      if (key === 'kind') foreign.push(path)
      if (key === 'properties')
        for (const [name, property] of Object.entries(value as Record<string, { description?: string; $ref?: string }>))
          if (property.description === undefined && property.$ref === undefined) without.push(`${path}.${name}`)
      visit(value, `${path}.${key}`)
    }
  }
  visit(schema, '')
  t.strictSame(
    without.filter((path) => !/\.(request|response)$/.test(path)),
    [],
  )
  t.strictSame(foreign, [])
  t.strictSame(JSON.parse(JSON.stringify(schema)), schema)
})
