import { type Static, Type } from 'typebox'

const STATUS = '^[45](?:\\d\\d|xx)$'

/** Options under `error_pages:` in a route. */
export const ErrorPagesOptions = Type.Object(
  {
    pages: Type.Record(Type.String({ pattern: STATUS }), Type.String({ description: 'File.', minLength: 1 }), {
      description:
        'Own HTML pages by status (404) or class (4xx, 5xx): files of at most 256 KiB, absolute or relative to the working directory. Read when the route starts.',
      default: {},
      additionalProperties: false,
    }),
    intercept: Type.Array(
      Type.Unsafe<number | string>({
        description: 'A status (502) or a class (5xx).',
        type: ['integer', 'string'],
        minimum: 400,
        maximum: 599,
        pattern: STATUS,
      }),
      { description: "Answers of the backend with these statuses are replaced by the gateway's page.", default: [] },
    ),
    language: Type.Unsafe<'auto' | 'de' | 'en'>({
      description: 'Language of the pages; auto goes by Accept-Language and is English otherwise.',
      type: 'string',
      enum: ['auto', 'de', 'en'],
      default: 'auto',
    }),
    contact: Type.Optional(
      Type.String({ description: 'Whom to tell about errors: shown on every page.', minLength: 1, maxLength: 200 }),
    ),
  },
  { additionalProperties: false, description: 'What clients see when the gateway answers with an error.' },
)

/** Options with their defaults filled in. */
export type ErrorPagesOptions = Static<typeof ErrorPagesOptions>
