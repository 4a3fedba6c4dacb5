import { useRef } from 'preact/hooks'
import type { VisibleMessage } from '../../../types.ts'
import type { Notice } from '../state/notices.ts'
import { dayOf, formatDate } from '../text/dates.ts'
import { Message, zone } from './message.tsx'
import { NoticeLine } from './notice.tsx'
import { useWindow } from './use-window.ts'

interface MessageListProps {
  label: string
  messages: readonly VisibleMessage[]
  notices?: readonly Notice[]
  /** The replies by thread. Absent within a thread. */
  threads?: ReadonlyMap<string, readonly VisibleMessage[]>
}

/** Messages, newest last. */
export function MessageList({ label, messages, notices = [], threads }: MessageListProps) {
  const root = useRef<HTMLElement>(null)
  const lines = [...messages, ...notices].sort((a, b) => (a.ts < b.ts ? -1 : 1))
  const { first, onScroll } = useWindow(root, lines.length)
  let day = ''
  return (
    <section
      ref={root}
      class="messages"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
      aria-label={label}
      onKeyDown={walk}
      onScroll={onScroll}
    >
      <ol>
        {lines.slice(first).map((line) => {
          const today = dayOf(Number(line.ts), zone())
          const divider = today !== day ? <DayDivider key={today} ts={line.ts} /> : null
          day = today
          const replies = threads?.get(line.ts)
          const entry =
            'id' in line ? (
              <NoticeLine key={`n${line.id}`} notice={line} />
            ) : (
              <Message
                key={line.ts}
                message={line}
                {...(threads ? { replies: replies?.length ?? 0 } : {})}
                {...(replies?.length ? { lastReply: replies.at(-1)?.ts ?? '' } : {})}
              />
            )
          return [divider, entry]
        })}
      </ol>
      {lines.length === 0 && (
        <p class="empty">Nothing here yet. Type / below to see what the apps here can do.</p>
      )}
    </section>
  )
}

function DayDivider({ ts }: { ts: string }) {
  const words = formatDate('{day_divider_pretty}', Number(ts), zone(), Date.now() / 1000)
  return (
    <li class="day">
      <span>{words[0]?.toUpperCase() + words.slice(1)}</span>
    </li>
  )
}

/** Arrows walk from message to message. */
function walk(event: KeyboardEvent): void {
  const list = event.currentTarget as HTMLElement
  const rows = [...list.querySelectorAll<HTMLElement>('.message')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  if (at < 0 && event.target !== list) return
  const to = {
    ArrowDown: at < 0 ? 0 : at + 1,
    ArrowUp: at < 0 ? rows.length - 1 : at - 1,
    End: rows.length - 1,
    Home: 0,
  }[event.key]
  if (to === undefined) return
  rows[Math.max(0, to)]?.focus()
  event.preventDefault()
}
