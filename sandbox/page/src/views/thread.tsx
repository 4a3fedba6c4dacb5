import { useEffect, useRef } from 'preact/hooks'
import type { PageChannel } from '../../../control/stream-types.ts'
import type { VisibleMessage } from '../../../types.ts'
import { me, openThread } from '../state/place.ts'
import { channelTitle } from '../state/store.ts'
import { Composer } from './composer.tsx'
import { Icon } from './icon.tsx'
import { MessageList } from './message-list.tsx'

/** A message and its replies, beside the channel. */
export function ThreadPanel({
  channel,
  ts,
  all,
}: {
  channel: PageChannel
  ts: string
  all: readonly VisibleMessage[]
}) {
  const close = useRef<HTMLButtonElement>(null)
  useEffect(() => close.current?.focus(), [ts])
  const inThread = all.filter((message) => message.ts === ts || message.threadTs === ts)
  return (
    <aside
      class="thread"
      aria-label="Thread"
      onKeyDown={(event) => event.key === 'Escape' && openThread(null)}
    >
      <header class="channel-head">
        <h2>Thread</h2>
        <span class="hint">{channelTitle(channel, me.value)}</span>
        <span class="spring" />
        <button
          ref={close}
          type="button"
          class="button icon"
          aria-label="Close thread"
          onClick={() => openThread(null)}
        >
          <Icon name="cross" />
        </button>
      </header>
      <MessageList key={ts} label="Messages in the thread" messages={inThread} />
      <Composer key={`thread ${ts}`} channel={channel.id} threadTs={ts} name="the thread" />
    </aside>
  )
}
