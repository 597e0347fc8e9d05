import { type Problem, resolveOptions } from '@drawbridge/plugin-kit'
import type { Static, TObject } from 'typebox'

/** Resolved keys, and whether they are all the file's own. */
export interface RestResolution<T> {
  /** With defaults and `standIns` where a key is wrong or missing; absent when not even that helped. */
  readonly value?: T
  readonly problems: readonly Problem[]
  /** The keys that are wrong or missing, whose values here mean nothing. */
  readonly broken: ReadonlySet<string>
}

/** Like `resolveOptions`, but one wrong key does not hide what is wrong with the others. */
export function resolveRest<S extends TObject>(
  schema: S,
  plain: Readonly<Record<string, unknown>>,
  standIns: Readonly<Record<string, unknown>> = {},
): RestResolution<Static<S>> {
  const first = resolveOptions(schema, plain)
  if ('value' in first) return { value: first.value, problems: [], broken: new Set() }
  const broken = new Set(first.problems.map(({ path }) => String(path[0])))
  for (const key of Object.keys(standIns)) if (!Object.hasOwn(plain, key)) broken.add(key)
  const kept = Object.entries(plain).filter(([key]) => !broken.has(key))
  const second = resolveOptions(schema, { ...standIns, ...Object.fromEntries(kept) })
  return { ...('value' in second ? { value: second.value } : {}), problems: first.problems, broken }
}
