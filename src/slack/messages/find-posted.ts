import type { WebClient } from '@slack/web-api'
import { z } from 'zod'
import type { MessageAddress } from '../../domain/messenger.ts'

/** Type of the metadata on every message; its payload holds ids only. */
export const messageEventType = 'daypass_message'

const posted = z.object({
  ts: z.string(),
  metadata: z.object({
    event_type: z.literal(messageEventType),
    event_payload: z.record(z.string(), z.unknown()),
  }),
})

const historyScopes = new Set(['channels:history', 'groups:history'])

/** The clocks of Slack and of the database may differ by this much. */
const aheadSeconds = 300

/** How to know a message again. */
export interface PostedSign {
  /** The payload of its metadata. */
  readonly ids: Readonly<Record<string, string>>
  /** It was not posted before this time. */
  readonly since: Date
}

/**
 * Finds a posted message whose answer from Slack was lost. Null when the channel has no such message, or when Daypass may
 * not read the channel. The manifest does not ask for `channels:history` and `groups:history`; add them to never see a card
 * twice. https://docs.slack.dev/reference/methods/conversations.history
 */
export async function findPosted(
  client: WebClient,
  channelId: string,
  { ids, since }: PostedSign,
): Promise<MessageAddress | null> {
  const oldest = String(since.getTime() / 1000 - aheadSeconds)
  try {
    if (!(await mayReadHistory(client))) return null
    const asked = { channel: channelId, oldest, limit: 200, include_all_metadata: true }
    const { messages = [] } = await client.conversations.history(asked)
    const found = messages
      .flatMap((message) => posted.safeParse(message).data ?? [])
      .find(({ metadata }) => Object.entries(ids).every(([name, id]) => metadata.event_payload[name] === id))
    return found ? { channelId, ts: found.ts } : null
  } catch {
    // No permission, or Slack does not answer. A second card is better than no card.
    return null
  }
}

/** Slack sends the scopes of the token with each answer. Without the scope, Slack would refuse and log the call. */
async function mayReadHistory(client: WebClient): Promise<boolean> {
  const { response_metadata } = await client.auth.test()
  return (response_metadata?.scopes ?? []).some((scope) => historyScopes.has(scope))
}
