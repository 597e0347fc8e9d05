import type { TSchema } from 'typebox'

/** Something that a plugin can announce. */
export interface EventDefinition {
  /** snake_case: `retention_completed`. */
  readonly name: string
  readonly summary: string
  /** The facts of the event; no personal data unmasked. */
  readonly facts: TSchema
}

/** An event as it happened. */
export interface GatewayEvent {
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly facts: Readonly<Record<string, unknown>>
}

/** Connects plugins that do not know each other. Listeners run behind the caller's back; one that throws costs a log line. */
export interface Events {
  emit(name: string, facts: Readonly<Record<string, unknown>>): void
  /** Returns the function that ends listening. */
  on(listener: (event: GatewayEvent) => void): () => void
}

/** Makes the event bus of a process. */
export function createEvents(dependencies: {
  readonly wallNow: () => number
  readonly onError: (error: unknown, name: string) => void
}): Events {
  const listeners = new Set<(event: GatewayEvent) => void>()
  return {
    emit(name, facts) {
      const event = { name, time: dependencies.wallNow(), facts }
      for (const listener of listeners) {
        queueMicrotask(() => {
          try {
            listener(event)
          } catch (error) {
            dependencies.onError(error, name)
          }
        })
      }
    },
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
