import { Type } from 'typebox'

const MAX_TITLE = 200
const MAX_TEXT = 10_000

const Seconds = (description: string) => Type.Integer({ description: `${description} Seconds since 1970.`, minimum: 0 })
const SecondsOrNull = (description: string) =>
  Type.Union([Type.Integer(), Type.Null()], { description: `${description} Seconds since 1970.` })
const Text = (description: string) => Type.String({ description })
const Rows = (description: string) => Type.Array(Type.Record(Type.String(), Type.Unknown()), { description })

/** `:id`. */
export const IdParams = Type.Object({ id: Type.String({ description: 'Id of the breach file.', maxLength: 64 }) })

/** Opens a file. */
export const BreachBody = Type.Object(
  {
    title: Type.String({ description: 'What it is, in a line.', minLength: 1, maxLength: MAX_TITLE }),
    happened: Type.String({ description: 'What happened.', default: '', maxLength: MAX_TEXT }),
    noticed_at: Type.Optional(Seconds('When it was noticed: the 72 hours run from then. Default: now.')),
    began_at: Type.Optional(Seconds('Begin of the time in question. Default: a day before it was noticed.')),
    ended_at: Type.Optional(Seconds('End of the time in question. Default: not ended.')),
  },
  { additionalProperties: false },
)

/** Adds a note. */
export const NoteBody = Type.Object(
  {
    text: Type.String({ description: 'What was found or done.', minLength: 1, maxLength: MAX_TEXT }),
    authority_notified: Type.Boolean({
      description: 'The supervisory authority has been notified: stops the clock.',
      default: false,
    }),
  },
  { additionalProperties: false },
)

/** Closes a file. */
export const CloseBody = Type.Object(
  {
    conclusion: Type.String({
      description: 'How it ended; without a notification of the authority also why none was needed.',
      minLength: 1,
      maxLength: MAX_TEXT,
    }),
  },
  { additionalProperties: false },
)

const Note = Type.Object(
  { written_at: Seconds('When.'), written_by: Text('By whom.'), text: Text('What.') },
  { additionalProperties: false },
)

/** A breach file. */
export const BreachAnswer = Type.Object(
  {
    id: Text('Id of the file.'),
    title: Text('What it is.'),
    happened: Text('What happened.'),
    opened_at: Seconds('When the file was opened.'),
    opened_by: Text('By whom.'),
    noticed_at: Seconds('When the breach was noticed.'),
    began_at: Seconds('Begin of the time in question.'),
    ended_at: SecondsOrNull('Its end.'),
    due_at: Seconds('When the authority must have been notified (GDPR Art. 33(1)).'),
    hours_left: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Whole hours until then, negative behind it; null once the clock has stopped.',
    }),
    is_overdue: Type.Boolean({ description: 'Whether the time is over and nobody was notified.' }),
    notified_at: SecondsOrNull('When the authority was notified.'),
    closed_at: SecondsOrNull('When the file was closed.'),
    conclusion: Type.Union([Type.String(), Type.Null()], { description: 'How it ended.' }),
    notes: Type.Array(Note, { description: 'Its notes, in order.' }),
  },
  { additionalProperties: false },
)

/** What is known of the time of a breach. */
export const EvidenceAnswer = Type.Object(
  {
    generated_at: Seconds('When it was collected.'),
    window: Type.Object(
      { from: Seconds('Its begin.'), until: Seconds('Its end.') },
      { additionalProperties: false, description: 'The time in question.' },
    ),
    notes: Type.Array(Note, { description: 'Notes of the file.' }),
    request_counts: Rows('Requests by host, status and country.'),
    requests: Rows('The latest 500 requests, as stored.'),
    audit_entries: Rows('The first 1,000 audit entries.'),
    configuration: Type.Unknown({ description: 'The configuration now, without secrets.' }),
    affected_data: Type.Array(
      Type.Object(
        {
          host: Text('Host of the route.'),
          record: Text('Table or file store.'),
          categories: Type.Array(Type.String(), { description: 'Categories of personal data in it.' }),
        },
        { additionalProperties: false },
      ),
      { description: 'What is stored about people, from the register.' },
    ),
  },
  { additionalProperties: false },
)

/** A draft. */
export const TemplateAnswer = Type.Object({ text: Text('The draft, Markdown.') }, { additionalProperties: false })
