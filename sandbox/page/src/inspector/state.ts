import { effect, signal } from '@preact/signals'

const KEY = 'local-slack-inspector'

/** Whether the inspector is open. Stored for the browser's tab. */
export const inspecting = signal(restore())

effect(() => {
  try {
    sessionStorage.setItem(KEY, inspecting.value ? 'open' : '')
  } catch {
    // Without storage it starts closed.
  }
})

function restore(): boolean {
  try {
    return sessionStorage.getItem(KEY) === 'open'
  } catch {
    return false
  }
}
