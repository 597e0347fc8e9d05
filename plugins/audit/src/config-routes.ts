import { decodeCursor, listAnswer, listQuery, redactFacts, type ServiceHost, toPage } from '@drawbridge/plugin-kit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { AuditLog } from './audit-log.ts'
import { canonicalJson } from './canonical-json.ts'
import { listVersions, readVersion, type VersionFacts } from './config-versions.ts'
import { unifiedDiff } from './differences.ts'
import { NoSuchVersion, RestoreRefused } from './errors.ts'

const VersionId = Type.Object(
  { id: Type.Integer({ description: 'Number of a version.', minimum: 1 }) },
  { additionalProperties: false },
)

const Version = Type.Object(
  {
    version_id: Type.Integer({ description: 'Its number.' }),
    timestamp: Type.Integer({ description: 'When it came into force, seconds since 1970.' }),
    audit_id: Type.Integer({ description: 'The entry of the audit log that it came with.' }),
  },
  { additionalProperties: false },
)

const VersionDetail = Type.Object(
  {
    ...Version.properties,
    files: Type.Array(Type.String(), { description: 'The files it was read from.' }),
    changed_files: Type.Array(Type.String(), { description: 'Those that are not as in the version before.' }),
    effective: Type.Unsafe<object>({
      type: 'object',
      additionalProperties: true,
      description: 'What was in force, secrets as fingerprints.',
    }),
    diff: Type.Union([Type.String(), Type.Null()], {
      description:
        'What was in force against the version before, as a unified diff; null where they are too far apart.',
    }),
  },
  { additionalProperties: false },
)

const Restored = Type.Object(
  { restored: Type.Integer({ description: 'The version that is in force again.' }) },
  { additionalProperties: false },
)

const VersionQuery = listQuery({})

/** Adds `/config/history`, `/config/history/:id` and `/config/restore/:id`. */
export function addConfigRoutes(app: FastifyInstance, host: ServiceHost, log: AuditLog): void {
  app.get<{ Querystring: Static<typeof VersionQuery> }>(
    '/config/history',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Configurations that were in force, newest first',
        querystring: VersionQuery,
        response: { 200: listAnswer('versions', Version) },
      },
    },
    async ({ query: { cursor, limit } }) => {
      const [before = Number.MAX_SAFE_INTEGER] = cursor === undefined ? [] : decodeCursor(cursor, 1)
      const versions = await listVersions(host, { before: Number(before), limit: limit + 1 })
      return toPage('versions', versions.map(showVersion), { limit, keyOf: ({ version_id }) => [version_id] })
    },
  )
  app.get<{ Params: Static<typeof VersionId> }>(
    '/config/history/:id',
    {
      config: { role: 'viewer' },
      schema: { summary: 'A configuration that was in force', params: VersionId, response: { 200: VersionDetail } },
    },
    async ({ params }) => describeVersion(host, log, params.id),
  )
  app.post<{ Params: Static<typeof VersionId> }>(
    '/config/restore/:id',
    {
      config: { role: 'admin', isSensitive: true },
      schema: { summary: 'Puts a former configuration back in force', params: VersionId, response: { 200: Restored } },
    },
    async (request) => restoreVersion(host, log, request),
  )
}

function showVersion({ version_id, timestamp, sequence }: VersionFacts): Static<typeof Version> {
  return { version_id, timestamp, audit_id: sequence }
}

async function describeVersion(host: ServiceHost, log: AuditLog, id: number) {
  const version = await readVersion(host, id, log.keys())
  if (version === undefined) throw new NoSuchVersion()
  const [before] = await listVersions(host, { before: id, limit: 1 })
  const old = before === undefined ? undefined : await readVersion(host, before.version_id, log.keys())
  const oldFiles = new Map(old?.files.map(({ path, text }) => [path, text]))
  const removed = [...oldFiles.keys()].filter((path) => version.files.every((file) => file.path !== path))
  const changed = version.files.filter(({ path, text }) => oldFiles.get(path) !== text).map(({ path }) => path)
  // The files themselves are never shown: they may hold secrets as they are.
  const redact = (effective: unknown) => redactFacts({ effective }, host.redactor).effective as object
  const effective = redact(version.effective)
  return {
    ...showVersion(version),
    files: version.files.map(({ path }) => path),
    changed_files: [...changed, ...removed],
    effective,
    diff: unifiedDiff(old === undefined ? null : canonicalJson(redact(old.effective)), canonicalJson(effective)),
  }
}

async function restoreVersion(host: ServiceHost, log: AuditLog, request: FastifyRequest) {
  const { id } = request.params as Static<typeof VersionId>
  const { kind, name, source, address } = request.caller
  const entry = {
    actor: { kind, name },
    source,
    address,
    requestId: request.id,
    resourceType: 'configuration',
    resourceId: String(id),
  }
  const version = await readVersion(host, id, log.keys())
  if (version === undefined) throw new NoSuchVersion()
  await log.append({ ...entry, action: 'config_restore_requested' })
  const before = host.installation.configuration().effective
  try {
    await host.installation.restore(version.files)
  } catch (error) {
    const notes = (error as Error).message
    await enterResult(host, log, { ...entry, action: 'config_restored', outcome: 'failed', notes })
    throw Object.assign(new RestoreRefused(notes), { cause: error })
  }
  const after = host.installation.configuration().effective
  await enterResult(host, log, { ...entry, action: 'config_restored', before, after })
  return { restored: id }
}

/** It has happened: an audit log that is away does not undo it. */
async function enterResult({ log }: ServiceHost, audit: AuditLog, entry: Parameters<AuditLog['append']>[0]) {
  await audit
    .append(entry)
    .catch((error: Error) => log.error({ err: error, action: entry.action }, 'this is not in the audit log'))
}
