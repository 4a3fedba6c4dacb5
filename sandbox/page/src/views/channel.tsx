import { useEffect } from 'preact/hooks'
import type { PageChannel } from '../../../control/stream-types.ts'
import type { VisibleMessage } from '../../../types.ts'
import { notices } from '../state/notices.ts'
import { me, thread } from '../state/place.ts'
import { appByBot, channelTitle, messages, otherIn } from '../state/store.ts'
import { markRead } from '../state/unread.ts'
import { AppTabs } from './app-tabs.tsx'
import { Composer } from './composer.tsx'
import { Icon } from './icon.tsx'
import { MessageList } from './message-list.tsx'
import { ThreadPanel } from './thread.tsx'

export function ChannelView({ channel }: { channel: PageChannel }) {
  const all = messages.value.get(channel.id) ?? []
  const last = all.at(-1)?.ts
  useEffect(() => markRead(channel.id), [channel.id, last, me.value])
  const title = channelTitle(channel, me.value)
  const app = channel.kind === 'im' ? appByBot(otherIn(channel, me.value)?.id ?? '') : undefined
  const threads = threadsOf(all)
  const mine = notices.value.filter((n) => n.channel === channel.id && n.userId === me.value)
  return (
    <>
      <div class="channel" data-channel={channel.id}>
        <header class="channel-head">
          <h2>
            {channel.kind !== 'im' && <Icon name={channel.kind === 'group' ? 'lock' : 'hash'} />}
            {title}
          </h2>
          {app ? (
            <AppTabs app={app} tab="messages" />
          ) : (
            <span class="hint">
              {channel.members.length === 1 ? '1 member' : `${channel.members.length} members`}
            </span>
          )}
        </header>
        <MessageList
          key={`${channel.id} ${me.value}`}
          label={`Messages in ${title}`}
          messages={all.filter((m) => !m.threadTs || m.threadTs === m.ts)}
          notices={mine}
          threads={threads}
        />
        {app && !app.messagesTab ? (
          <p class="composer-off">Sending messages to this app has been turned off.</p>
        ) : (
          <Composer
            key={`${channel.id} ${me.value}`}
            channel={channel.id}
            name={channel.kind === 'im' ? title : `#${title}`}
          />
        )}
      </div>
      {thread.value && <ThreadPanel channel={channel} ts={thread.value} all={all} />}
    </>
  )
}

/** Replies by the message that they answer. */
function threadsOf(all: readonly VisibleMessage[]): Map<string, VisibleMessage[]> {
  const threads = new Map<string, VisibleMessage[]>()
  for (const message of all) {
    if (!message.threadTs || message.threadTs === message.ts) continue
    threads.set(message.threadTs, [...(threads.get(message.threadTs) ?? []), message])
  }
  return threads
}
