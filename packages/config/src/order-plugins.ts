import { PHASES, type Plugin } from '@drawbridge/plugin-kit'

/**
 * The plugins in the order in which a request meets them: by phase, inside a phase by `after`, else as given. Names in
 * `after` that are not installed are ignored. Throws an Error naming the plugins of an unknown phase or a cycle.
 */
export function orderPlugins(plugins: readonly Plugin[]): readonly Plugin[] {
  for (const { name, phase } of plugins)
    if (!PHASES.includes(phase))
      throw new Error(`plugin ${name} has the unknown phase "${phase}"; there are ${PHASES.join(', ')}`)
  return PHASES.flatMap((phase) => orderPhase(plugins.filter((plugin) => plugin.phase === phase)))
}

function orderPhase(plugins: readonly Plugin[]): Plugin[] {
  const names = new Set(plugins.map(({ name }) => name))
  const ordered: Plugin[] = []
  const placed = new Set<string>()
  let waiting = [...plugins]
  while (waiting.length > 0) {
    const next = waiting.find(({ after = [] }) => after.every((name) => placed.has(name) || !names.has(name)))
    if (next === undefined) throw new Error(`plugins ${cycleOf(waiting)} each want to come after another`)
    ordered.push(next)
    placed.add(next.name)
    waiting = waiting.filter((plugin) => plugin !== next)
  }
  return ordered
}

/** Following `after` among plugins that all wait must come back to where it has been. */
function cycleOf(waiting: readonly Plugin[]): string {
  const byName = new Map(waiting.map((plugin) => [plugin.name, plugin]))
  const seen: string[] = []
  let current = waiting[0]
  while (current !== undefined && !seen.includes(current.name)) {
    seen.push(current.name)
    current = current.after?.map((name) => byName.get(name)).find((plugin) => plugin !== undefined)
  }
  return seen.slice(seen.indexOf(current?.name ?? '')).join(', ')
}
