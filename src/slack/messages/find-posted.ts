import type { WebClient } from '@slack/web-api'
import { z } from 'zod'
import type { MessageAddress, OutgoingMessage } from '../../domain/ports.ts'

/** Type of the metadata on every message; its payload holds ids only. */
export const messageEventType = 'daypass_message'

const posted = z.object({
  ts: z.string(),
  metadata: z.object({
    event_type: z.literal(messageEventType),
    event_payload: z.object({ request_id: z.string(), purpose: z.string() }),
  }),
})

const historyScopes = new Set(['channels:history', 'groups:history'])

/** Clocks of Slack and of the database may differ by this much. */
const aheadSeconds = 300

/**
 * Where a message of a channel stands that was posted although its answer never came. Null when it is not there, or when
 * Daypass may not read the channel: `channels:history` and `groups:history` are no scopes of the manifest, and who wants
 * no card twice adds them. https://docs.slack.dev/reference/methods/conversations.history
 */
export async function findPosted(
  client: WebClient,
  channelId: string,
  { history: { request }, purpose }: OutgoingMessage,
): Promise<MessageAddress | null> {
  const oldest = String(request.submittedAt.getTime() / 1000 - aheadSeconds)
  try {
    if (!(await mayReadHistory(client))) return null
    const asked = { channel: channelId, oldest, limit: 200, include_all_metadata: true }
    const { messages = [] } = await client.conversations.history(asked)
    const found = messages
      .flatMap((message) => posted.safeParse(message).data ?? [])
      .find(
        ({ metadata: { event_payload: about } }) =>
          about.request_id === request.id && about.purpose === purpose,
      )
    return found ? { channelId, ts: found.ts } : null
  } catch {
    // Not allowed, or Slack is still away: a card that stands twice is better than none.
    return null
  }
}

/** Slack tells a token's scopes with each answer; a call without the scope would be refused, and logged there. */
async function mayReadHistory(client: WebClient): Promise<boolean> {
  const { response_metadata } = await client.auth.test()
  return (response_metadata?.scopes ?? []).some((scope) => historyScopes.has(scope))
}
