import { useState } from 'preact/hooks'
import { violationCount } from '../inspector/rows.ts'
import { inspecting } from '../inspector/state.ts'
import { drawer, me } from '../state/place.ts'
import { connected, usersById, workspace } from '../state/store.ts'
import { theme } from '../state/theme.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'
import { PersonSwitcher } from './person-switcher.tsx'
import { roleLabel } from './role-label.ts'

export function TopBar() {
  const [switching, setSwitching] = useState(false)
  const person = usersById.value.get(me.value)
  return (
    <header class="topbar">
      <button
        type="button"
        class="bar-button only-narrow"
        aria-label="Channels"
        aria-expanded={drawer.value}
        onClick={() => {
          drawer.value = !drawer.value
        }}
      >
        <Icon name="menu" />
      </button>
      <h1>
        {workspace.value?.team.name ?? 'Local Slack'}
        <span class="only-wide"> · local sandbox</span>
      </h1>
      {!connected.value && (
        <span class="offline" role="status">
          Not connected
        </span>
      )}
      <span class="spring" />
      {person && (
        <button
          type="button"
          class="bar-button person"
          aria-haspopup="dialog"
          onClick={() => setSwitching(true)}
        >
          <Avatar userId={person.id} />
          <span>
            <span class="unseen">You are </span>
            {person.realName}
          </span>
          <small class="only-wide">{roleLabel(person)}</small>
          <Icon name="chevron" />
        </button>
      )}
      <ThemeButton />
      <InspectorButton />
      {switching && <PersonSwitcher onClose={() => setSwitching(false)} />}
    </header>
  )
}

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' } as const

function ThemeButton() {
  const now = theme.value
  const label = `Colours: ${now === 'auto' ? 'as the system has them' : now}. Switch to ${NEXT[now]}`
  return (
    <button
      type="button"
      class="bar-button"
      aria-label={label}
      title={label}
      onClick={() => {
        theme.value = NEXT[now]
      }}
    >
      <Icon name={ICONS[now]} />
    </button>
  )
}

function InspectorButton() {
  const wrong = violationCount.value
  return (
    <button
      type="button"
      class="bar-button"
      aria-pressed={inspecting.value}
      onClick={() => {
        inspecting.value = !inspecting.value
      }}
    >
      <Icon name="wire" />
      <span class="only-wide">Inspector</span>
      <span class="unseen only-narrow-text">Inspector</span>
      {wrong > 0 && (
        <span class="badge">
          {wrong}
          <span class="unseen"> refused</span>
        </span>
      )}
    </button>
  )
}
