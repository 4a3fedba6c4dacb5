import { dismiss, type Notice } from '../state/notices.ts'
import { Icon } from './icon.tsx'
import { MessageTime, OnlyYou } from './message.tsx'

/** A notice of Slack itself for one person. */
export function NoticeLine({ notice }: { notice: Notice }) {
  return (
    <li class="message ephemeral notice" tabIndex={-1}>
      <span class="avatar bot" aria-hidden="true">
        <Icon name="wire" />
      </span>
      <div class="message-body" role="alert">
        <OnlyYou />
        <div class="message-head">
          <strong>Slackbot</strong>
          <MessageTime ts={notice.ts} />
        </div>
        <span class="words">{notice.text}</span>
      </div>
      <button
        type="button"
        class="reply-button always"
        aria-label="Dismiss"
        onClick={() => dismiss(notice.id)}
      >
        <Icon name="cross" />
      </button>
    </li>
  )
}
