import type { ComponentChildren } from 'preact'
import { addressOf, go, me, type Place, place } from '../state/place.ts'

/** A link to a place in the sidebar, with the number of unread messages. */
export function Entry({
  to,
  unread,
  current,
  children,
}: {
  to: Place
  unread: number
  current?: boolean
  children: ComponentChildren
}) {
  const here = current === true || isAt(to)
  return (
    <li>
      <a
        class={`entry${unread > 0 ? ' unread' : ''}`}
        href={addressOf(me.value, to)}
        {...(here ? { 'aria-current': 'page' as const } : {})}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return
          event.preventDefault()
          go(to)
        }}
      >
        {children}
        {unread > 0 && (
          <span class="badge">
            {unread}
            <span class="unseen"> new</span>
          </span>
        )}
      </a>
    </li>
  )
}

/** Whether the window shows this place now. */
export function isAt(to: Place): boolean {
  const here = place.value
  if (here.kind === 'channel') return to.kind === 'channel' && to.id === here.id
  return here.kind === 'app' && to.kind === 'app' && here.appId === to.appId
}
