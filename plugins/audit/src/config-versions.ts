import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { ConfigurationState, ServiceHost, StatementWrite } from '@drawbridge/plugin-kit'
import type { AuditKeys } from './audit-keys.ts'
import { canonicalJson } from './canonical-json.ts'
import { VersionUnreadable } from './errors.ts'

const compress = promisify(gzip)
const expand = promisify(gunzip)

/** A configuration that was in force, without what it says. */
export interface VersionFacts {
  readonly version_id: number
  /** Seconds since 1970. */
  readonly timestamp: number
  /** The entry of the audit log that it came with. */
  readonly sequence: number
}

/** What tells whether the files are others than those of the last version. */
export function fingerprintOf({ files }: ConfigurationState, keys: AuditKeys): string {
  return keys.fingerprint(canonicalJson(files))
}

/** The write that keeps a configuration. Its files may hold secrets, so whoever has the database alone can read none of it. */
export async function keepVersion(
  { files, effective }: ConfigurationState,
  { versionId, timestamp, sequence, keys }: { versionId: number; timestamp: number; sequence: number; keys: AuditKeys },
): Promise<StatementWrite> {
  const content = await compress(canonicalJson({ files, effective }))
  return {
    sql: 'INSERT INTO audit_config_versions (version_id, timestamp, sequence, fingerprint, content) VALUES (?, ?, ?, ?, ?)',
    params: [
      versionId,
      timestamp,
      sequence,
      fingerprintOf({ files, effective }, keys),
      keys.encrypt(content, contextOf(versionId, timestamp)),
    ],
  }
}

/** The last version's number and fingerprint; 0 and nothing where there is none. */
export async function lastVersion({ storage }: Pick<ServiceHost, 'storage'>) {
  const sql = 'SELECT version_id, fingerprint FROM audit_config_versions ORDER BY version_id DESC LIMIT 1'
  const [row] = await storage.all(sql)
  return { versionId: Number(row?.version_id ?? 0), fingerprint: String(row?.fingerprint ?? '') }
}

/** Versions before `before`, newest first. */
export async function listVersions(
  { storage }: Pick<ServiceHost, 'storage'>,
  { before, limit }: { before: number; limit: number },
): Promise<VersionFacts[]> {
  const sql = `SELECT version_id, timestamp, sequence FROM audit_config_versions
    WHERE version_id < ? ORDER BY version_id DESC LIMIT ?`
  return (await storage.all(sql, [before, limit])) as unknown as VersionFacts[]
}

/** A version with what it says; `undefined` where there is none of this number. Rejects with `VersionUnreadable`. */
export async function readVersion(
  { storage }: Pick<ServiceHost, 'storage'>,
  versionId: number,
  keys: AuditKeys,
): Promise<(VersionFacts & ConfigurationState) | undefined> {
  const sql = 'SELECT version_id, timestamp, sequence, content FROM audit_config_versions WHERE version_id = ?'
  const [row] = await storage.all(sql, [versionId])
  if (row === undefined) return undefined
  const { content, ...facts } = row as unknown as VersionFacts & { content: Uint8Array }
  try {
    const plain = keys.decrypt(content, contextOf(versionId, facts.timestamp))
    return { ...facts, ...(JSON.parse((await expand(plain)).toString()) as ConfigurationState) }
  } catch (error) {
    throw Object.assign(new VersionUnreadable(), { cause: error })
  }
}

/** Ties the content to its row: contents cannot be exchanged. */
function contextOf(versionId: number, timestamp: number): string {
  return `${versionId} ${timestamp}`
}
