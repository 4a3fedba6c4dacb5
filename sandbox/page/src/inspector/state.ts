import { effect, signal } from '@preact/signals'

const KEY = 'local-slack-inspector'

/** Whether the inspector stands open; kept for as long as the browser's tab. */
export const inspecting = signal(restore())

effect(() => {
  try {
    sessionStorage.setItem(KEY, inspecting.value ? 'open' : '')
  } catch {
    // Without storage it is closed in the next window.
  }
})

function restore(): boolean {
  try {
    return sessionStorage.getItem(KEY) === 'open'
  } catch {
    return false
  }
}
