import type { VisibleMessage } from '../../../types.ts'
import { Blocks } from '../blocks/block.tsx'
import { BlockContext, type BlockContextValue } from '../elements/block-context.ts'
import { Menu } from '../elements/menu.tsx'
import { me, openThread } from '../state/place.ts'
import { apps, userName, usersById } from '../state/store.ts'
import { clock, dayOf } from '../text/dates.ts'
import { EmojiByName } from '../text/emoji.tsx'
import { Mrkdwn } from '../text/inline.tsx'
import { Avatar } from './avatar.tsx'
import { Files } from './files.tsx'
import { Icon } from './icon.tsx'
import { memo } from './memo.ts'
import { badgeWords } from './role-label.ts'
import { runShortcut } from './send.ts'

interface MessageProps {
  message: VisibleMessage
  /** The number of replies. Where undefined, no thread can be opened here. */
  replies?: number
  lastReply?: string
}

export const Message = memo(function Message({ message, replies, lastReply }: MessageProps) {
  const { channel, ts, user, ephemeral, edited, blocks, text } = message
  const context: BlockContextValue = { holder: { kind: 'message', channel, ts } }
  const badge = badgeWords(usersById.value.get(user))
  return (
    <li class={`message${ephemeral ? ' ephemeral' : ''}`} tabIndex={-1} data-ts={ts}>
      <Avatar userId={user} />
      <div class="message-body">
        {ephemeral && <OnlyYou />}
        <div class="message-head">
          <strong>{userName(user)}</strong>
          {badge && <span class="role">{badge}</span>}
          <MessageTime ts={ts} />
        </div>
        <BlockContext.Provider value={context}>
          {blocks.length > 0 ? <Blocks blocks={blocks} /> : <Mrkdwn text={text} />}
        </BlockContext.Provider>
        {edited && <span class="edited">(edited)</span>}
        {message.files && <Files files={message.files} />}
        {message.reactions && <Reactions all={message.reactions} />}
        {replies !== undefined && replies > 0 && (
          <button type="button" class="replies" onClick={() => openThread(ts)}>
            {replies === 1 ? '1 reply' : `${replies} replies`}
            {lastReply && <small>Last at {clock(Number(lastReply), zone())}</small>}
          </button>
        )}
      </div>
      {!ephemeral && <Tools channel={channel} ts={ts} hasThread={replies !== undefined} />}
    </li>
  )
})

/** Beside a message: its thread, and the message shortcuts of the apps. */
function Tools({ channel, ts, hasThread }: { channel: string; ts: string; hasThread: boolean }) {
  const shortcuts = apps.value.flatMap(({ shortcuts, name: app }) =>
    shortcuts
      .filter(({ type }) => type === 'message')
      .map(({ callbackId, name }) => ({
        key: callbackId,
        text: name,
        description: app,
        choose: () => void runShortcut(callbackId, channel, { channel, ts }),
      })),
  )
  return (
    <div class="message-tools">
      {hasThread && (
        <button
          type="button"
          class="reply-button"
          aria-label="Reply in thread"
          title="Reply in thread"
          onClick={() => openThread(ts)}
        >
          <Icon name="reply" />
        </button>
      )}
      {shortcuts.length > 0 && <Menu label="Message shortcuts" items={shortcuts} />}
    </div>
  )
}

export function OnlyYou() {
  return (
    <div class="only-you">
      <Icon name="eye" /> Only visible to you
    </div>
  )
}

export function MessageTime({ ts }: { ts: string }) {
  const at = Number(ts)
  return (
    <time
      dateTime={new Date(at * 1000).toISOString()}
      title={`${dayOf(at, zone())} ${clock(at, zone())} (${zone()})`}
    >
      {clock(at, zone())}
    </time>
  )
}

/** The zone of the person in front of this window. */
export function zone(): string {
  return usersById.value.get(me.value)?.tz ?? 'UTC'
}

function Reactions({ all }: { all: NonNullable<VisibleMessage['reactions']> }) {
  return (
    <ul class="reactions" aria-label="Reactions">
      {all.map(({ name, users }) => (
        <li key={name} title={users.map(userName).join(', ')}>
          <EmojiByName name={name} /> {users.length}
        </li>
      ))}
    </ul>
  )
}
