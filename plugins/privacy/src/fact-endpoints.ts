import type { ServiceHost } from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { makeNotice } from './notice.ts'
import { makeRegister } from './register.ts'
import { registerMarkdown } from './register-markdown.ts'
import { LANGUAGES } from './words.ts'

const MAX_HOST = 253

/** `?language=`. */
export const LanguageQuery = Type.Union(
  LANGUAGES.map((language) => Type.Literal(language)),
  { description: 'Language of the text.', default: 'de' },
)

const RegisterQuery = Type.Object(
  {
    format: Type.Union([Type.Literal('json'), Type.Literal('markdown')], {
      description: 'How the register is given.',
      default: 'json',
    }),
  },
  { additionalProperties: false },
)

const NoticeQuery = Type.Object(
  {
    host: Type.String({ description: 'A host of the configuration.', minLength: 1, maxLength: MAX_HOST }),
    language: LanguageQuery,
  },
  { additionalProperties: false },
)

const Text = (description: string) => Type.String({ description })
const Texts = (description: string) => Type.Array(Type.String(), { description })
const TextOrNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

const MaskedAddress = (description: string) =>
  Type.Object(
    { method: Text('`full`, `shortened`, `replaced` or `removed`.'), example: Text('What an example becomes.') },
    { additionalProperties: false, description },
  )

const Entry = Type.Object(
  {
    plugin: Text('Who stores it.'),
    kind: Text('`table` or `files`.'),
    name: Text('Name of the table or file store.'),
    holds: Text('What a record is.'),
    purposes: Texts('Why it is stored.'),
    legal_bases: Texts('On what legal basis.'),
    data: Type.Array(
      Type.Object(
        {
          field: Text('Column or field.'),
          category: Text('What kind of personal data it is.'),
          stored_as: Text('In what form.'),
        },
        { additionalProperties: false },
      ),
      { description: 'The personal data in it.' },
    ),
    retention_class: TextOrNull('Class of `data_retention`.'),
    retention_seconds: Type.Union([Type.Integer(), Type.Null()], {
      description: 'How long it is kept; null where no period ends it.',
    }),
    kept_because: TextOrNull('Why records stay, where no period ends them or an erasure leaves them.'),
  },
  { additionalProperties: false },
)

const Part = Type.Object(
  {
    hosts: Texts('Hosts of the route; none: unknown hosts.'),
    purpose: Text('What the service is for.'),
    recipients: Texts('Who else gets the data.'),
    masking: Type.Object(
      {
        ipv4: MaskedAddress('203.0.113.45.'),
        ipv6: MaskedAddress('2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff.'),
        pseudonyms: Type.Boolean({ description: 'Whether daily pseudonyms are stored.' }),
        emails: Type.Boolean({ description: 'Whether e-mail addresses are masked.' }),
        secrets: Type.Boolean({ description: 'Whether secrets in addresses are masked.' }),
      },
      { additionalProperties: false, description: 'What happens to data before it is stored.' },
    ),
    activities: Type.Array(Entry, { description: 'What is stored about people.' }),
  },
  { additionalProperties: false },
)

const RegisterAnswer = Type.Object(
  {
    generated_at: Type.Integer({ description: 'Seconds since 1970.' }),
    version: Text('Version of the gateway.'),
    controller: Type.Object(
      { name: Text('Name.'), address: Text('Postal address.'), email: Text('E-mail address.') },
      { additionalProperties: false, description: 'The controller.' },
    ),
    contact: Text('Contact for data protection.'),
    authority: Text('Supervisory authority.'),
    places: Texts('Files and folders with the data.'),
    routes: Type.Array(Part, { description: 'By route; the last is for unknown hosts.' }),
    shared: Part,
    security_measures: Texts('Technical and organisational measures.'),
    missing: Texts('Options that a complete register needs and that are empty.'),
  },
  { additionalProperties: false },
)

const NoticeAnswer = Type.Object(
  {
    host: Text('The host.'),
    language: Text('`de` or `en`.'),
    text: Text('The notice, Markdown.'),
    disclaimer: Text('What the text is and is not.'),
    missing: Texts('Options that are empty: the text has placeholders for them.'),
  },
  { additionalProperties: false },
)

/** Adds `/privacy/register` and `/privacy/notice`. */
export function addFactEndpoints(app: FastifyInstance, host: ServiceHost): void {
  app.get<{ Querystring: Static<typeof RegisterQuery> }>(
    '/privacy/register',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Record of processing activities (GDPR Art. 30), from the live configuration',
        querystring: RegisterQuery,
        response: {
          200: {
            description: 'The register.',
            content: {
              'application/json': { schema: RegisterAnswer },
              'text/markdown': { schema: Type.String() },
            },
          },
        },
      },
    },
    async ({ query }, reply) => {
      const register = await makeRegister(host)
      if (query.format === 'json') return register
      reply.type('text/markdown; charset=utf-8')
      return registerMarkdown(register)
    },
  )
  app.get<{ Querystring: Static<typeof NoticeQuery> }>(
    '/privacy/notice',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Privacy notice for the visitors of a host, from the live configuration',
        querystring: NoticeQuery,
        response: { 200: NoticeAnswer },
      },
    },
    async ({ query }) => makeNotice(host, query.host, query.language),
  )
}
