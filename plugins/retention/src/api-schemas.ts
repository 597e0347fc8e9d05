import { RETENTION_CLASSES } from '@drawbridge/plugin-kit'
import { type TProperties, type TSchema, Type } from 'typebox'

const closed = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })
const orNull = <S extends TSchema>(schema: S, description: string) => Type.Union([schema, Type.Null()], { description })
const text = (description: string) => Type.String({ description })
const integer = (description: string) => Type.Integer({ description })
const time = (what: string) => Type.Integer({ description: `${what}, seconds since 1970.` })

const Due = Type.Array(
  closed({
    store: text('The table.'),
    class: text('The class of records.'),
    route_id: orNull(Type.Integer(), 'The route; 0 for unknown hosts, null where the rows belong to no known route.'),
    host: orNull(Type.String(), "The route's host."),
    period_seconds: integer('How long they are kept.'),
    before: time('They are from before this moment'),
    count: integer('How many rows.'),
    oldest: time('The oldest'),
    newest: time('The newest'),
  }),
  { description: 'Rows that a run would delete now. Files are not counted.' },
)

const Failures = Type.Array(closed({ store: text('The table.'), error: text('The reason.') }), {
  description: 'Tables that could not be counted.',
})

const Summary = closed({
  run: integer('The number of the run: that of its first proof.'),
  cause: text('`schedule` or `request`.'),
  started_at: time('When it began'),
  finished_at: time('When it ended'),
  outcome: text('`done`; `incomplete`: something failed; `interrupted`: it stopped in the middle.'),
  deleted: integer('Rows and records of files deleted.'),
  failures: integer('Parts that failed.'),
  off_hosts: Type.Array(Type.String(), { description: 'Hosts with retention off; empty for unknown hosts.' }),
  waiting_hosts: Type.Array(Type.String(), {
    description: 'Hosts not configured now that were within the last week: nothing of theirs is deleted yet.',
  }),
  is_compacted: Type.Boolean({ description: 'Whether the deleted bytes are out of the database files.' }),
  forgotten_keys: integer('Keys of pseudonyms forgotten.'),
  proof: text('Hash of its last proof.'),
})

const Rule = closed({
  route_id: integer('The route; 0 for unknown hosts.'),
  host: text('Its host; empty for unknown hosts.'),
  state: text(
    '`configured`; `waiting`: it was until less than a week ago; `former`: `defaults` hold for it; `unknown`: never was.',
  ),
  periods: orNull(
    closed(Object.fromEntries(RETENTION_CLASSES.map((name) => [name, integer(`Seconds that ${name} are kept.`)]))),
    'Null where nothing is deleted: retention is off, or the host is waiting.',
  ),
})

/** Answer of `GET /api/retention`. */
export const StatusAnswer = closed({
  schedule: text('When runs start.'),
  time_zone: text('The time zone of it.'),
  next_run_at: orNull(Type.Integer(), 'When the next run starts, seconds since 1970; in the past while it is overdue.'),
  is_running: Type.Boolean({ description: 'Whether a run is under way.' }),
  last_run: orNull(Summary, 'The last run that is over.'),
  rules: Type.Array(Rule, { description: 'What holds for each host that records may exist of.' }),
  due: Due,
  failures: Failures,
})

/** Answer of `POST /api/retention/run`. */
export const RunAnswer = closed({
  is_dry_run: Type.Boolean({ description: 'Whether it was only counted.' }),
  run: orNull(Summary, 'The run; null for a dry run.'),
  due: Due,
  failures: Failures,
})

/** An entry of `GET /api/retention/proofs`. */
export const Proof = closed({
  sequence: integer('Its number, without gaps from 1.'),
  run: integer('The run: number of its first entry.'),
  time: time('When it was made'),
  kind: text('`begin`, `purge` or `end` of a run.'),
  class: orNull(Type.String(), 'The class of records.'),
  store: orNull(Type.String(), 'The table or file store.'),
  route_id: orNull(Type.Integer(), 'The route; 0 for unknown hosts.'),
  host: orNull(Type.String(), "The route's host."),
  period_seconds: orNull(Type.Integer(), 'The rule: how long they were to be kept.'),
  before: orNull(Type.Integer(), 'Records from before this moment were due, seconds since 1970.'),
  deleted: orNull(Type.Integer(), 'How many were deleted; null where a run ended before they were counted.'),
  oldest: orNull(Type.Integer(), 'The oldest of them, seconds since 1970.'),
  newest: orNull(Type.Integer(), 'The newest of them, seconds since 1970.'),
  outcome: orNull(Type.String(), '`done`, `failed`, `incomplete` or `interrupted`.'),
  details: closed({
    cause: Type.Optional(text('`schedule` or `request`.')),
    error: Type.Optional(text('Why it failed.')),
    failures: Type.Optional(integer('Parts that failed.')),
    off_hosts: Type.Optional(Type.Array(Type.String(), { description: 'Hosts with retention off.' })),
    waiting_hosts: Type.Optional(Type.Array(Type.String(), { description: 'Hosts missing for less than a week.' })),
    is_compacted: Type.Optional(Type.Boolean({ description: 'Whether the deleted bytes are out of the files.' })),
    forgotten_keys: Type.Optional(integer('Keys of pseudonyms forgotten.')),
  }),
  previous_hash: text('Hash of the entry before; empty for the first.'),
  hash: text('SHA-256 over the entry and the hash before.'),
})

/** Answer of `GET /api/retention/proofs/verify`. */
export const VerificationAnswer = closed({
  is_valid: Type.Boolean({ description: 'Whether every entry is as it was written and none is missing in between.' }),
  entries: integer('Entries that are.'),
  first_bad: orNull(Type.Integer(), 'Number of the first that is not.'),
  reason: orNull(Type.String(), 'What is wrong with it.'),
  head: text('Hash of the last good entry, to be compared with the audit log: only that shows a cut tail.'),
  unfinished_runs: Type.Array(Type.Integer(), {
    description: 'Runs that were interrupted and are not settled yet; the next run does that.',
  }),
})
