import type { WebClient } from '@slack/web-api'
import { createTtlCache, type TtlCacheOptions } from '../../ttl-cache.ts'

export interface Channels {
  /** Whether people of other organisations read there. Throws Slack's error when that cannot be known. */
  isExternallyShared(channelId: string): Promise<boolean>
  /** The channel changed: it is asked about anew. */
  forget(channelId: string): void
}

const rememberedSeconds = 300

/** What Slack says of channels, remembered for five minutes or until an event says that it changed. */
export function createChannels({
  client,
  monotonicMs,
}: { client: WebClient } & Pick<TtlCacheOptions, 'monotonicMs'>): Channels {
  const shared = createTtlCache(
    async (channelId) => {
      const { channel } = await client.conversations.info({ channel: channelId })
      return channel?.is_ext_shared === true
    },
    { monotonicMs },
  )
  return {
    isExternallyShared: (channelId) => shared.get(channelId, rememberedSeconds),
    forget: shared.forget,
  }
}
