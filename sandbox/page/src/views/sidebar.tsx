import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { PageApp, PageChannel } from '../../../control/stream-types.ts'
import { control } from '../state/control.ts'
import { drawer, go, me } from '../state/place.ts'
import { apps, channels, channelTitle, otherIn } from '../state/store.ts'
import { unreadCount } from '../state/unread.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'
import { Entry, isAt } from './sidebar-entry.tsx'

export function Sidebar() {
  const root = useRef<HTMLElement>(null)
  const open = drawer.value
  useEffect(() => {
    if (!open) return
    root.current?.querySelector<HTMLElement>('.entry')?.focus()
    const onEscape = (event: KeyboardEvent) => {
      if (event.key === 'Escape') drawer.value = false
    }
    document.addEventListener('keydown', onEscape)
    return () => document.removeEventListener('keydown', onEscape)
  }, [open])
  const all = channels.value.filter(({ isArchived }) => !isArchived)
  const rooms = all.filter(({ kind }) => kind !== 'im')
  const bots = new Set(apps.value.map(({ botUserId }) => botUserId))
  const people = all.filter((c) => c.kind === 'im' && !bots.has(otherIn(c, me.value)?.id ?? ''))
  return (
    <nav
      ref={root}
      class={`sidebar${open ? ' open' : ''}`}
      aria-label="Channels and direct messages"
      onKeyDown={walk}
    >
      <Group title="Channels">
        {rooms.map((channel) => (
          <ChannelEntry key={channel.id} channel={channel} />
        ))}
        {rooms.length === 0 && <li class="nothing">In no channel</li>}
      </Group>
      {people.length > 0 && (
        <Group title="Direct messages">
          {people.map((channel) => (
            <ChannelEntry key={channel.id} channel={channel} />
          ))}
        </Group>
      )}
      <Group title="Apps">
        {apps.value.map((app) => (
          <AppEntry key={app.appId} app={app} />
        ))}
      </Group>
    </nav>
  )
}

function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section>
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  )
}

function ChannelEntry({ channel }: { channel: PageChannel }) {
  const other = channel.kind === 'im' ? otherIn(channel, me.value) : undefined
  const icon = other ? (
    <Avatar userId={other.id} />
  ) : (
    <Icon name={channel.kind === 'group' ? 'lock' : 'hash'} />
  )
  const unread = unreadCount(channel.id)
  return (
    <Entry to={{ kind: 'channel', id: channel.id }} unread={unread}>
      {icon}
      <span class="entry-name">{channelTitle(channel, me.value)}</span>
      {channel.kind === 'group' && <span class="unseen"> (private)</span>}
    </Entry>
  )
}

/** An app: its direct messages, opened where there are none yet. */
function AppEntry({ app }: { app: PageApp }) {
  const im = channels.value.find((c) => c.kind === 'im' && c.members.includes(app.botUserId))
  const words = (
    <>
      <Avatar userId={app.botUserId} />
      <span class="entry-name">{app.name}</span>
    </>
  )
  if (!im) {
    const open = async () => go({ kind: 'channel', id: await control.directChannel(app.botUserId) })
    return (
      <li>
        <button type="button" class="entry" onClick={() => void open()}>
          {words}
        </button>
      </li>
    )
  }
  return (
    <Entry
      to={{ kind: 'channel', id: im.id }}
      unread={unreadCount(im.id)}
      current={isAt({ kind: 'app', appId: app.appId, tab: 'home' })}
    >
      {words}
    </Entry>
  )
}

function walk(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const entries = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.entry')]
  const at = entries.indexOf(document.activeElement as HTMLElement)
  entries[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus()
  event.preventDefault()
}
