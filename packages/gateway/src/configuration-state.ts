import { createHmac } from 'node:crypto'
import { basename, dirname, relative, resolve, sep } from 'node:path'
import type { GatewayConfig, LoadResult } from '@drawbridge/config'
import type { ConfigurationFile, ConfigurationState } from '@drawbridge/plugin-kit'

const FINGERPRINT_LENGTH = 12

/** A loaded configuration as it is kept in the audit log and shown: its YAML files, and what acts, without secrets. */
export function describeState(result: LoadResult, config: GatewayConfig, key: Buffer): ConfigurationState {
  const mask = (secret: string) => fingerprint(secret, key)
  const routes = config.routes.map(({ hosts: [host = ''] }) => [host, result.effectiveConfig(host, mask)] as const)
  return {
    files: yamlFiles(result, config),
    effective: { gateway: result.effectiveConfig(undefined, mask), routes: Object.fromEntries(routes) },
  }
}

/** Tells two secrets apart and nothing else: keyed, so that a weak one cannot be guessed from it. */
function fingerprint(secret: string, key: Buffer): string {
  return `secret:${createHmac('sha256', key).update(secret).digest('hex').slice(0, FINGERPRINT_LENGTH)}`
}

/** Only the YAML: certificates and secrets are files of their own, and stay there. */
function yamlFiles({ sources }: LoadResult, { file }: GatewayConfig): ConfigurationFile[] {
  const folder = dirname(file)
  return [...sources]
    .map(([name, text]) => ({ path: relative(folder, resolve(name)).split(sep).join('/'), text }))
    .filter(({ path }) => isConfigurationPath(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Whether a relative path may be a file of the configuration: YAML, at or below the folder of drawbridge.yaml, not hidden. */
export function isConfigurationPath(path: string): boolean {
  const parts = path.split('/')
  return /\.ya?ml$/.test(basename(path)) && parts.every((part) => part !== '' && !part.startsWith('.'))
}
