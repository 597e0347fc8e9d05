/**
 * Keys of the shipped plugins that keep something out or in: without them a route would be less safe than it was meant
 * to be.
 */
const GUARDING = [
  'access',
  'audit',
  'bans',
  'data_retention',
  'geoip',
  'headers',
  'limits',
  'logging',
  'maintenance',
  'privacy',
  'rate_limit',
  'timeouts',
  'waf',
] as const

const SERVING = [
  'access_log',
  'analytics',
  'circuit_breaker',
  'compression',
  'connection_pool',
  'error_pages',
  'health_check',
  'load_balancing',
  'metrics',
  'retry',
  'slow_request',
  'tracing',
  'websocket',
] as const

/** Every configuration key that a shipped plugin has, installed or not. */
export const SHIPPED_KEYS: readonly string[] = [...GUARDING, ...SERVING]

/** Whether going on without the plugin of this key would leave something unguarded. */
export function isGuardingKey(key: string): boolean {
  return (GUARDING as readonly string[]).includes(key)
}

/** Packages that are not called like their key. */
const NAMES: Readonly<Record<string, string>> = { data_retention: 'retention', logging: 'log-privacy' }

/** The package that has the plugin of a shipped key. */
export function packageOf(key: string): string {
  return `@drawbridge/plugin-${NAMES[key] ?? key.replaceAll('_', '-')}`
}
