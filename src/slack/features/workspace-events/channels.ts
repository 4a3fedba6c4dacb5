import { z } from 'zod'
import type { Channels } from '../../api/channels.ts'
import type { EventListener } from '../../kit/listener.ts'

const sharing = z.object({ channel: z.string() })

/** A channel is now shared with another organisation, or no longer. Drops the remembered answer. */
export function channelSharedListener({ channels }: { channels: Channels }): EventListener {
  return async ({ event }) => {
    const { data } = sharing.safeParse(event)
    if (data) channels.forget(data.channel)
  }
}
