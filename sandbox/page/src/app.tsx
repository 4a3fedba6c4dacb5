import { Inspector } from './inspector/inspector.tsx'
import { inspecting } from './inspector/state.ts'
import { drawer, place } from './state/place.ts'
import { apps, channelById } from './state/store.ts'
import { Announcer } from './views/announcer.tsx'
import { AppHome } from './views/app-home.tsx'
import { ChannelView } from './views/channel.tsx'
import { ConfirmDialog } from './views/confirm.tsx'
import { ModalStack } from './views/modal.tsx'
import { Sidebar } from './views/sidebar.tsx'
import { TopBar } from './views/topbar.tsx'

export function App() {
  return (
    <>
      <TopBar />
      <div class="frame">
        <Sidebar />
        {drawer.value && (
          <button
            type="button"
            class="curtain"
            aria-label="Close the list of channels"
            onClick={() => {
              drawer.value = false
            }}
          />
        )}
        <main>
          <Middle />
        </main>
      </div>
      {inspecting.value && <Inspector />}
      <ModalStack />
      <ConfirmDialog />
      <Announcer />
    </>
  )
}

function Middle() {
  const here = place.value
  const channel = here.kind === 'channel' ? channelById(here.id) : undefined
  const app = here.kind === 'app' ? apps.value.find(({ appId }) => appId === here.appId) : undefined
  if (channel) return <ChannelView channel={channel} />
  if (app && here.kind === 'app') return <AppHome app={app} tab={here.tab} />
  return <p class="empty">{here.kind === 'channel' ? 'You are not in this channel.' : 'Choose a channel.'}</p>
}
