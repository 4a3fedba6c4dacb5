import type {
  ActionPayload,
  CommandPayload,
  EventPayload,
  ShortcutPayload,
  SubmissionPayload,
  SuggestionPayload,
} from './payload.ts'
import type { FormReply, Reply, SuggestReply } from './reply.ts'

// A listener handles one kind of parsed payload.

export type CommandListener = (command: CommandPayload, reply: Reply) => Promise<void>
export type ActionListener = (action: ActionPayload, reply: Reply) => Promise<void>
export type ShortcutListener = (shortcut: ShortcutPayload, reply: Reply) => Promise<void>
export type FormListener = (form: SubmissionPayload, reply: FormReply) => Promise<void>
export type SuggestListener = (asked: SuggestionPayload, reply: SuggestReply) => Promise<void>
export type EventListener = (event: EventPayload) => Promise<void>

/** The listeners of one feature, by id: the command, action id, callback id or event type. */
export interface Feature {
  readonly commands?: Readonly<Record<string, CommandListener>>
  readonly actions?: Readonly<Record<string, ActionListener>>
  readonly shortcuts?: Readonly<Record<string, ShortcutListener>>
  readonly forms?: Readonly<Record<string, FormListener>>
  readonly suggestions?: Readonly<Record<string, SuggestListener>>
  readonly events?: Readonly<Record<string, EventListener>>
}

/** The listeners of all features. Maps, so that an id such as `constructor` finds nothing. */
export interface Listeners {
  readonly commands: ReadonlyMap<string, CommandListener>
  readonly actions: ReadonlyMap<string, ActionListener>
  readonly shortcuts: ReadonlyMap<string, ShortcutListener>
  readonly forms: ReadonlyMap<string, FormListener>
  readonly suggestions: ReadonlyMap<string, SuggestListener>
  readonly events: ReadonlyMap<string, EventListener>
}

/** Throws when two features use the same id. */
export function joinFeatures(features: readonly Feature[]): Listeners {
  return {
    commands: join(features.map(({ commands }) => commands)),
    actions: join(features.map(({ actions }) => actions)),
    shortcuts: join(features.map(({ shortcuts }) => shortcuts)),
    forms: join(features.map(({ forms }) => forms)),
    suggestions: join(features.map(({ suggestions }) => suggestions)),
    events: join(features.map(({ events }) => events)),
  }
}

function join<L>(parts: readonly (Readonly<Record<string, L>> | undefined)[]): ReadonlyMap<string, L> {
  const all = parts.flatMap((part) => Object.entries(part ?? {}))
  const joined = new Map(all)
  if (joined.size < all.length)
    throw new Error(`Two features use the same id, among: ${all.map(([id]) => id).join(', ')}`)
  return joined
}
