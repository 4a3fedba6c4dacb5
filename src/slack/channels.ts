import type { WebClient } from '@slack/web-api'
import type { Clock } from '../domain/ports.ts'

export interface Channels {
  /** Whether people of other organisations read there. Throws Slack's error when that cannot be known. */
  isExternallyShared(channelId: string): Promise<boolean>
  /** What was known of a channel is asked anew. */
  forget(channelId: string): void
}

const keptSeconds = 300

/** What Slack says of channels, kept for five minutes or until an event says that it changed. */
export function createChannels({ client, clock }: { client: WebClient; clock: Clock }): Channels {
  const known = new Map<string, { shared: boolean; at: number }>()
  return {
    async isExternallyShared(channelId) {
      const now = clock.now().getTime()
      const kept = known.get(channelId)
      if (kept && now - kept.at <= keptSeconds * 1000) return kept.shared
      const { channel } = await client.conversations.info({ channel: channelId })
      const shared = channel?.is_ext_shared === true
      known.set(channelId, { shared, at: now })
      return shared
    },
    forget: (channelId) => void known.delete(channelId),
  }
}
