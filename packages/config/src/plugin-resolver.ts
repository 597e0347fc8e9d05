import { type Plugin, type Problem, resolveOptions } from '@drawbridge/plugin-kit'
import { canonical } from './hash.ts'
import { type ConfigNode, toPlain } from './node.ts'

/** A plugin's resolved options; absent when it is off or a problem is an error. */
export interface PluginResult {
  readonly options?: Readonly<Record<string, unknown>>
  readonly problems: readonly Problem[]
}

/** Resolves merged plugin keys. Routes that say the same share the result, so that many routes load fast. */
export type PluginResolver = (plugin: Plugin, merged: ConfigNode | undefined) => PluginResult

/** Makes the resolver of one load. */
export function createPluginResolver(): PluginResolver {
  const results = new Map<Plugin, Map<string, PluginResult>>()
  return (plugin, merged) => {
    const plain = merged === undefined ? plugin.isOnByDefault : sayEnabled(plugin, toPlain(merged))
    const known = results.get(plugin) ?? new Map<string, PluginResult>()
    results.set(plugin, known)
    const text = canonical(plain)
    const result = known.get(text) ?? resolvePlain(plugin, plain)
    known.set(text, result)
    return result
  }
}

/** `true` is `enabled: true`, for plugins that tell being on because somebody said so from being on by default. */
function sayEnabled(plugin: Plugin, plain: unknown): unknown {
  return plain === true && hasOwnEnabled(plugin) ? { enabled: true } : plain
}

function hasOwnEnabled({ options }: Plugin): boolean {
  return Object.hasOwn(options.properties, 'enabled')
}

function resolvePlain(plugin: Plugin, plain: unknown): PluginResult {
  if (plain === false) return { problems: problemsOfOff(plugin) }
  if (plain === true) return resolveAndCheck(plugin, {}, true)
  if (!isBlock(plain)) return wrong([], `"${plugin.key}" must be true, false or a block of keys`)
  const { enabled = true, ...options } = plain
  if (typeof enabled !== 'boolean') return wrong(['enabled'], '"enabled" must be true or false')
  return resolveAndCheck(plugin, hasOwnEnabled(plugin) ? plain : options, enabled)
}

function resolveAndCheck(plugin: Plugin, raw: unknown, isOn: boolean): PluginResult {
  try {
    const resolution = resolveOptions(plugin.options, raw)
    if (!('value' in resolution)) return { problems: resolution.problems.map((problem) => inPlugin(plugin, problem)) }
    // What is off is read too, so that a typo does not wait for the day it is switched on.
    if (!isOn) return { problems: problemsOfOff(plugin) }
    const options: Readonly<Record<string, unknown>> = resolution.value
    const problems = plugin.check?.(options) ?? []
    return problems.some(({ severity }) => severity === 'error') ? { problems } : { options, problems }
  } catch (error) {
    // A plugin from outside may throw; that must not take the reload of all routes with it.
    const reason = error instanceof Error ? error.message : String(error)
    return wrong([], `the plugin ${plugin.name} failed to read its options: ${reason}`, 'plugin-failed')
  }
}

/** Off by default needs no warning: nobody decided it. */
function problemsOfOff({ isOnByDefault, problemsWhenOff = [] }: Plugin): readonly Problem[] {
  return isOnByDefault ? problemsWhenOff : []
}

function inPlugin({ key }: Plugin, problem: Problem): Problem {
  if (problem.code !== 'unknown-key') return problem
  const inner = problem.path.slice(0, -1)
  const block = `${key}${inner.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`
  const known = inner.length === 0 ? [...(problem.known ?? []), 'enabled'] : problem.known
  return {
    ...problem,
    message: `unknown key "${problem.path.at(-1)}" in ${block}`,
    ...(known === undefined ? {} : { known }),
  }
}

function wrong(path: Problem['path'], message: string, code = 'wrong-type'): PluginResult {
  return { problems: [{ severity: 'error', code, path, message }] }
}

function isBlock(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
