import type { WebClient } from '@slack/web-api'
import { createTtlCache, type TtlCacheOptions } from '../../ttl-cache.ts'

export interface Channels {
  /** Whether people of other organisations read the channel. Throws Slack's error. */
  isExternallyShared(channelId: string): Promise<boolean>
  /** Drops the remembered answer, because the channel changed. */
  forget(channelId: string): void
}

const rememberedSeconds = 300

/** Facts about channels, remembered for five minutes or until an event says that the channel changed. */
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
