import type { z } from 'zod'
import { matchesTicket } from '../domain/ticket-pattern.ts'
import type { Tracker } from '../domain/tracker.ts'
import type { Asked } from './ask.ts'

/** One kind of tracker, typed by the schema of its settings. */
export interface TrackerDefinition<Settings extends z.ZodObject> {
  readonly kind: string
  /** For people: "Jira". */
  readonly name: string
  readonly settings: Settings
  open(settings: z.output<Settings>, asked: Asked): OpenTracker
}

/** `normalise`: one spelling of a ticket's key for all that people type. Null: it cannot be a ticket of such a tracker. */
export type OpenTracker = Pick<Tracker, 'find' | 'readHook'> & {
  readonly normalise: (ticket: string) => string | null
}

/** A definition for the catalog file, which knows nothing of its types. */
export interface TrackerKind {
  readonly kind: string
  readonly settings: z.ZodObject
  open(
    read: <Schema extends z.ZodObject>(schema: Schema) => z.output<Schema> | null,
    common: Pick<Tracker, 'id' | 'require' | 'whenDown' | 'pollEverySeconds'> & {
      readonly name: string | null
      readonly pattern: string
      readonly timeoutSeconds: number
    },
  ): Tracker | null
}

/** Registers nothing by itself: add the result to `kinds.ts`. */
export function defineTracker<Settings extends z.ZodObject>(
  definition: TrackerDefinition<Settings>,
): TrackerKind {
  const { kind, settings } = definition
  return {
    kind,
    settings,
    open(read, { name: given, pattern, timeoutSeconds, ...common }) {
      const own = read(settings)
      if (!own) return null
      const name = given ?? definition.name
      const { normalise, ...rest } = definition.open(own, { name, timeoutSeconds })
      return {
        ...common,
        ...rest,
        kind,
        name,
        // The pattern sees the one spelling, so that another spelling is no way around the check.
        keyOf(ticket) {
          const key = normalise(ticket.trim())
          return key !== null && matchesTicket(pattern, key) ? key : null
        },
      }
    },
  }
}
