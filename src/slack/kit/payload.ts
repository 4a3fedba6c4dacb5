import { z } from 'zod'

// Strings only: a form parameter that occurs twice arrives as an array, and is refused.
const id = z.string().min(1).max(255)
const text = z.string()

const command = z
  .object({
    command: text,
    text: text.default(''),
    api_app_id: id,
    team_id: id,
    user_id: id,
    channel_id: id,
    trigger_id: text.min(1),
    response_url: text.min(1),
  })
  .transform((raw) => ({
    kind: 'command' as const,
    command: raw.command,
    text: raw.text,
    appId: raw.api_app_id,
    teamId: raw.team_id,
    by: { teamId: raw.team_id, userId: raw.user_id },
    channelId: raw.channel_id,
    triggerId: raw.trigger_id,
    responseUrl: raw.response_url,
  }))

const option = z.object({ value: text })
const input = z.object({
  type: text,
  value: text.nullish(),
  selected_option: option.nullish(),
  selected_user: text.nullish(),
  selected_date: text.nullish(),
  selected_date_time: z.number().nullish(),
  selected_options: z.array(option).nullish(),
})
const view = z.object({
  id,
  type: text.default('modal'),
  callback_id: text.default(''),
  private_metadata: text.default(''),
  state: z
    .object({ values: z.record(z.string(), z.record(z.string(), input)).default({}) })
    .default({ values: {} }),
})

const interaction = z.object({
  api_app_id: id,
  team: z.object({ id }).nullish(),
  user: z.object({ id, team_id: id.nullish() }),
})

const blockActions = interaction
  .extend({
    trigger_id: text.min(1),
    response_url: text.optional(),
    container: z.object({ type: text, message_ts: text.optional(), channel_id: text.optional() }),
    channel: z.object({ id }).optional(),
    view: view.optional(),
    actions: z
      .array(
        z.object({
          action_id: text,
          block_id: text.default(''),
          value: text.optional(),
          selected_option: option.nullish(),
        }),
      )
      .min(1),
  })
  .transform((raw) => ({
    kind: 'action' as const,
    ...originOf(raw),
    triggerId: raw.trigger_id,
    responseUrl: raw.response_url ?? null,
    channelId: raw.container.channel_id ?? raw.channel?.id ?? null,
    messageTs: raw.container.message_ts ?? null,
    view: raw.view ? viewOf(raw.view) : null,
    actionId: raw.actions[0]?.action_id ?? '',
    value: raw.actions[0]?.value ?? raw.actions[0]?.selected_option?.value ?? '',
  }))

const viewSubmission = interaction
  .extend({ view: view.extend({ app_installed_team_id: text.nullish() }) })
  .transform((raw) => ({
    kind: 'submission' as const,
    ...originOf(raw),
    view: viewOf(raw.view),
  }))

const viewClosed = interaction.transform((raw) => ({ kind: 'closed' as const, ...originOf(raw) }))

const suggestion = interaction
  .extend({ action_id: text, value: text.default(''), view: view.optional() })
  .transform((raw) => ({
    kind: 'suggestion' as const,
    ...originOf(raw),
    actionId: raw.action_id,
    typed: raw.value,
    view: raw.view ? viewOf(raw.view) : null,
  }))

// Slack names no app in a shortcut: https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
const shortcut = interaction.omit({ api_app_id: true }).extend({ callback_id: text, trigger_id: text.min(1) })

const globalShortcut = shortcut.transform((raw) => ({
  kind: 'shortcut' as const,
  ...shortcutOrigin(raw),
  responseUrl: null,
  message: null,
}))

const messageShortcut = shortcut
  .extend({
    response_url: text.min(1),
    channel: z.object({ id }),
    message_ts: id,
    message: z.object({
      thread_ts: text.nullish(),
      text: text.nullish(),
      attachments: z.array(z.object({ fallback: text.nullish() })).nullish(),
    }),
  })
  .transform((raw) => ({
    kind: 'shortcut' as const,
    ...shortcutOrigin(raw),
    responseUrl: raw.response_url,
    message: {
      channelId: raw.channel.id,
      ts: raw.message_ts,
      threadTs: raw.message.thread_ts ?? null,
      /** mrkdwn. Where the text is empty: the plain texts of its attachments. */
      text: raw.message.text || (raw.message.attachments ?? []).map((one) => one.fallback ?? '').join('\n'),
    },
  }))

const event = z
  .object({ api_app_id: id, team_id: id, event: z.looseObject({ type: text }) })
  .transform((raw) => ({
    kind: 'event' as const,
    appId: raw.api_app_id,
    teamId: raw.team_id,
    event: raw.event,
  }))

/** The payloads that Slack sends, checked and typed: https://docs.slack.dev/reference/interaction-payloads */
export type CommandPayload = z.output<typeof command>
export type ActionPayload = z.output<typeof blockActions>
export type ShortcutPayload = z.output<typeof globalShortcut> | z.output<typeof messageShortcut>
export type MessageOfShortcut = NonNullable<ShortcutPayload['message']>
export type SubmissionPayload = z.output<typeof viewSubmission>
export type SuggestionPayload = z.output<typeof suggestion>
export type EventPayload = z.output<typeof event>
export type Payload =
  | CommandPayload
  | ActionPayload
  | ShortcutPayload
  | SubmissionPayload
  | z.output<typeof viewClosed>
  | SuggestionPayload
  | EventPayload

/** A view with the present values of its inputs. */
export interface FilledView {
  readonly id: string
  /** The Home tab, which only Daypass publishes. Otherwise a modal. */
  readonly isHome: boolean
  readonly callbackId: string
  readonly privateMetadata: string
  /** By action id: the block of the input, and its value. */
  readonly inputs: ReadonlyMap<string, { blockId: string; value: string | null }>
}

/** Null when Slack sends no such payload. */
export function parsePayload(body: Record<string, unknown>): Payload | null {
  const schema = schemaFor(body)
  return schema?.safeParse(body).data ?? null
}

function schemaFor(body: Record<string, unknown>) {
  if ('command' in body) return command
  switch (body.type) {
    case 'block_actions':
      return blockActions
    case 'shortcut':
      return globalShortcut
    case 'message_action':
      return messageShortcut
    case 'view_submission':
      return viewSubmission
    case 'view_closed':
      return viewClosed
    case 'block_suggestion':
      return suggestion
    case 'event_callback':
      return event
    default:
      return null
  }
}

function originOf(raw: z.output<typeof interaction>) {
  return { appId: raw.api_app_id, ...accountOf(raw) }
}

/** The signature or the socket says which app a shortcut is for. */
function shortcutOrigin(raw: z.output<typeof shortcut>) {
  return { appId: null, ...accountOf(raw), callbackId: raw.callback_id, triggerId: raw.trigger_id }
}

function accountOf(raw: Pick<z.output<typeof interaction>, 'team' | 'user'>) {
  const teamId = raw.team?.id ?? null
  return {
    teamId,
    // An account belongs to its own workspace, also in a channel that two workspaces share.
    by: { teamId: raw.user.team_id ?? teamId ?? '', userId: raw.user.id },
  }
}

function viewOf(raw: z.output<typeof view>): FilledView {
  const inputs = new Map<string, { blockId: string; value: string | null }>()
  for (const [blockId, elements] of Object.entries(raw.state.values)) {
    for (const [actionId, element] of Object.entries(elements)) {
      inputs.set(actionId, { blockId, value: valueIn(element) })
    }
  }
  return {
    id: raw.id,
    isHome: raw.type === 'home',
    callbackId: raw.callback_id,
    privateMetadata: raw.private_metadata,
    inputs,
  }
}

/** Of several checked boxes the first: no form of Daypass has more than one. */
function valueIn(element: z.output<typeof input>): string | null {
  const { value, selected_option, selected_user, selected_date, selected_date_time, selected_options } =
    element
  const chosen = selected_option?.value ?? selected_user ?? selected_date ?? selected_options?.[0]?.value
  return chosen ?? selected_date_time?.toString() ?? value ?? null
}
