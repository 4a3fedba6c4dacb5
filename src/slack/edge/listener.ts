import type {
  ActionPayload,
  CommandPayload,
  EventPayload,
  SubmissionPayload,
  SuggestionPayload,
} from './payload.ts'
import type { FormReply, Reply, SuggestReply } from './reply.ts'

/** What somebody does in Slack meets what Daypass does about it: parsed before, rendered after. */
export type CommandListener = (command: CommandPayload, reply: Reply) => Promise<void>
export type ActionListener = (action: ActionPayload, reply: Reply) => Promise<void>
export type FormListener = (form: SubmissionPayload, reply: FormReply) => Promise<void>
export type SuggestListener = (asked: SuggestionPayload, reply: SuggestReply) => Promise<void>
export type EventListener = (event: EventPayload) => Promise<void>

/** All listeners, by the id that each answers to. */
export interface Listeners {
  readonly commands: ReadonlyMap<string, CommandListener>
  readonly actions: ReadonlyMap<string, ActionListener>
  readonly forms: ReadonlyMap<string, FormListener>
  readonly suggestions: ReadonlyMap<string, SuggestListener>
  readonly events: ReadonlyMap<string, EventListener>
}
