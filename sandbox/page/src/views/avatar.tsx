import { usersById } from '../state/store.ts'
import { Icon } from './icon.tsx'

const HUES = [8, 35, 95, 150, 190, 215, 260, 310, 340]

/** Initials on a colour, or an icon for apps. Hidden from screen readers, as the name is beside it. */
export function Avatar({ userId }: { userId: string }) {
  const user = usersById.value.get(userId)
  const name = user?.realName || user?.name || userId || '?'
  const hue = HUES[[...userId].reduce((sum, c) => sum + c.charCodeAt(0), 0) % HUES.length]
  const initials = name
    .split(/\s+/)
    .map((word) => word[0] ?? '')
    .slice(0, 2)
    .join('')
  return (
    <span
      class={`avatar${user?.role === 'bot' ? ' bot' : ''}`}
      style={{ '--hue': String(hue) }}
      aria-hidden="true"
    >
      {user?.role === 'bot' ? <Icon name="app" /> : initials.toUpperCase()}
    </span>
  )
}
