import type { MapNode } from './node.ts'
import type { Span } from './source.ts'

/** What belongs to a configuration. Paths are as findings show them. */
export interface Discovery {
  /** The main file, whether or not it exists. */
  readonly file: string
  readonly main?: MapNode
  /** Routes that stand in the main file itself. */
  readonly inline: readonly RouteDocument[]
  /** The folder with the route files, whether or not it is used. */
  readonly routesFolder: string
  /** What is known about that folder; absent when the configuration uses none. */
  readonly folder?: RoutesFolder
  readonly routeFiles: readonly RouteFile[]
}

/** A route as it stands in a file. */
export interface RouteDocument {
  readonly node: MapNode
  /** Keys and indexes from the root of the YAML document to the route. */
  readonly path: readonly (string | number)[]
  /** Something in it could not be filled in, so that the rest must not run either. */
  readonly isBroken?: boolean
}

/** The state of the folder with the route files. */
export interface RoutesFolder {
  /** Where the configuration names it, if it does. */
  readonly span?: Span
  /** The configuration or the operator names it, so that it ought to exist. */
  readonly isNamed: boolean
  /** Why it cannot be read, as the rest of a sentence. */
  readonly problem?: string
  /** It does not exist, as opposed to other problems. */
  readonly isMissing?: boolean
}

/** A file with routes, and where the configuration names it, if it does. */
export interface RouteFile {
  readonly file: string
  readonly mention?: Span
}
