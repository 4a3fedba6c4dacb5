import type { PageApp } from '../../../control/stream-types.ts'
import { control } from '../state/control.ts'
import { go, me } from '../state/place.ts'

type Tab = 'home' | 'messages' | 'about'

/** The tabs of an app: Home, Messages and About. */
export function AppTabs({ app, tab }: { app: PageApp; tab: Tab }) {
  const open = async (to: Tab) => {
    if (to !== 'messages') {
      go({ kind: 'app', appId: app.appId, tab: to })
      if (to === 'home') await control.openHome(app.appId, 'home')
      return
    }
    const { channel } = await control.openHome(app.appId, 'messages')
    go({ kind: 'channel', id: channel })
  }
  const tabs: [Tab, string][] = [
    ...(app.homeTab ? [['home', 'Home'] as [Tab, string]] : []),
    ['messages', 'Messages'],
    ['about', 'About'],
  ]
  return (
    <nav class="tabs" aria-label={`${app.name} for ${me.value}`}>
      {tabs.map(([id, words]) => (
        <button
          key={id}
          type="button"
          {...(id === tab ? { 'aria-current': 'page' as const } : {})}
          onClick={() => void open(id)}
        >
          {words}
        </button>
      ))}
    </nav>
  )
}
