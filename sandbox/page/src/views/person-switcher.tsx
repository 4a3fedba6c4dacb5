import { useState } from 'preact/hooks'
import type { UserSeed } from '../../../types.ts'
import { addressOf, become, me } from '../state/place.ts'
import { usersById } from '../state/store.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { Icon } from './icon.tsx'
import { roleLabel } from './role-label.ts'

/** The list of people to act as. Each is a link, which can be opened in another window. */
export function PersonSwitcher({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState('')
  const wanted = query.trim().toLowerCase()
  const people = [...usersById.value.values()].filter(
    (user) =>
      user.role !== 'bot' &&
      `${user.realName} ${user.name} ${roleLabel(user)}`.toLowerCase().includes(wanted),
  )
  return (
    <Dialog class="people" light labelledBy="people-title" onClose={onClose}>
      <div class="people-head">
        <h2 id="people-title">Who do you want to be?</h2>
        <button type="button" class="button icon" aria-label="Close" onClick={onClose}>
          <Icon name="cross" />
        </button>
        <input
          type="search"
          aria-label="Find a person"
          placeholder="Find a person"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'ArrowDown' && stepFrom(event, 1)}
        />
      </div>
      <ul onKeyDown={onKeyDown}>
        {people.map((user) => (
          <Person key={user.id} user={user} onClose={onClose} />
        ))}
        {people.length === 0 && <li class="hint">Nobody of that name</li>}
      </ul>
      <p class="hint">Open somebody in a new window to see two people side by side.</p>
    </Dialog>
  )
}

function Person({ user, onClose }: { user: UserSeed; onClose: () => void }) {
  const address = addressOf(user.id, { kind: 'nowhere' })
  const gone = user.role === 'deactivated'
  const words = [roleLabel(user), expiryLabel(user)].filter(Boolean).join(' · ')
  return (
    <li>
      <a
        href={address}
        {...(user.id === me.value ? { 'aria-current': 'true' as const } : {})}
        {...(gone ? { 'aria-disabled': true } : {})}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return
          event.preventDefault()
          if (gone) return
          become(user.id)
          onClose()
        }}
      >
        <Avatar userId={user.id} />
        <span>
          {user.realName} <small>{words}</small>
        </span>
      </a>
      {!gone && (
        <a
          class="beside"
          href={address}
          target="_blank"
          rel="noopener"
          aria-label={`${user.realName} in a new window`}
        >
          <Icon name="window" />
        </a>
      )}
    </li>
  )
}

function expiryLabel({ guestExpiresAt }: UserSeed): string {
  if (guestExpiresAt === undefined) return ''
  const at = typeof guestExpiresAt === 'number' ? guestExpiresAt * 1000 : Date.parse(guestExpiresAt)
  return `until ${new Intl.DateTimeFormat('en', { dateStyle: 'medium' }).format(at)}`
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.key === 'ArrowDown') stepFrom(event, 1)
  if (event.key === 'ArrowUp') stepFrom(event, -1)
}

function stepFrom(event: KeyboardEvent, step: number): void {
  const dialog = (event.currentTarget as HTMLElement).closest('dialog')
  const links = [...(dialog?.querySelectorAll<HTMLElement>('li > a:first-child') ?? [])]
  const at = links.indexOf(document.activeElement as HTMLElement)
  links[Math.max(0, Math.min(at + step, links.length - 1))]?.focus()
  event.preventDefault()
}
