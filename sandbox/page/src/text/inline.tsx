import { me } from '../state/place.ts'
import { channelById, userName, usersById, workspace } from '../state/store.ts'
import { CodeBlock } from './code-block.tsx'
import { formatDate } from './dates.ts'
import { EmojiByName, EmojiText } from './emoji.tsx'
import { LinkTo } from './link.tsx'
import { type Inline, parseMrkdwn, safeUrl } from './mrkdwn.ts'

export function Mrkdwn({ text }: { text: string }) {
  return (
    <>
      {parseMrkdwn(text).map((piece, i) => {
        const key = `${i}`
        if (piece.kind === 'pre') return <CodeBlock key={key} text={piece.text} />
        if (piece.kind === 'quote') {
          return (
            <blockquote key={key}>
              <Inlines all={piece.children} />
            </blockquote>
          )
        }
        return (
          <span key={key} class="words">
            <Inlines all={piece.children} />
          </span>
        )
      })}
    </>
  )
}

export function Inlines({ all }: { all: readonly Inline[] }) {
  return (
    <>
      {all.map((one, i) => (
        <One key={`${i}`} one={one} />
      ))}
    </>
  )
}

function One({ one }: { one: Inline }) {
  switch (one.kind) {
    case 'text':
      return <EmojiText text={one.text} />
    case 'bold':
      return (
        <strong>
          <Inlines all={one.children} />
        </strong>
      )
    case 'italic':
      return (
        <em>
          <Inlines all={one.children} />
        </em>
      )
    case 'strike':
      return (
        <s>
          <Inlines all={one.children} />
        </s>
      )
    case 'code':
      return <code>{one.text}</code>
    case 'emoji':
      return <EmojiByName name={one.name} />
    case 'user':
      return <UserMention id={one.id} />
    case 'group':
      return <GroupMention id={one.id} />
    case 'channel':
      return <ChannelMention id={one.id} label={one.label} />
    case 'broadcast':
      return <span class="mention me">@{one.range.split('^')[0]}</span>
    case 'link':
      return <LinkTo url={one.url}>{one.label}</LinkTo>
    case 'date':
      return <Moment {...one} />
  }
}

export function UserMention({ id }: { id: string }) {
  return <span class={`mention${id === me.value ? ' me' : ''}`}>@{userName(id)}</span>
}

export function GroupMention({ id }: { id: string }) {
  const group = workspace.value?.usergroups.find((one) => one.id === id)
  const mine = group?.users.includes(me.value) === true
  return <span class={`mention${mine ? ' me' : ''}`}>@{group?.handle ?? id}</span>
}

export function ChannelMention({ id, label }: { id: string; label: string }) {
  const channel = channelById(id)
  if (!channel) return <span class="mention">#{label || 'private-channel'}</span>
  return <LinkTo to={{ kind: 'channel', id }}>#{channel.name}</LinkTo>
}

/** An instant in the zone of the reader. */
export function Moment({
  timestamp,
  format,
  link,
  fallback,
}: Omit<Extract<Inline, { kind: 'date' }>, 'kind'>) {
  const tz = usersById.value.get(me.value)?.tz ?? 'UTC'
  const words = Number.isFinite(timestamp) ? formatDate(format, timestamp, tz, Date.now() / 1000) : fallback
  const time = (
    <time
      dateTime={Number.isFinite(timestamp) ? new Date(timestamp * 1000).toISOString() : ''}
      title={`${fallback} (${tz})`}
    >
      {words}
    </time>
  )
  return safeUrl(link) ? <LinkTo url={link}>{time}</LinkTo> : time
}
