import { effect } from '@preact/signals'
import type { VisibleChange } from '../../../control/stream-types.ts'
import { applyChange } from './apply-change.ts'
import { me } from './place.ts'
import { connected } from './store.ts'

/** Receives the changes of this person's visible state, while the window is visible. */
export function listen(): void {
  let source: EventSource | undefined
  const open = (as: string) => {
    source?.close()
    source = new EventSource(`/control/stream?as=${encodeURIComponent(as)}`)
    source.onopen = () => {
      connected.value = true
    }
    source.onerror = () => {
      connected.value = false
    }
    source.onmessage = ({ data }) => applyChange(JSON.parse(data) as VisibleChange)
  }
  effect(() => open(me.value))
  // Browsers open only six connections to one host: hidden windows close theirs.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') open(me.value)
    else source?.close()
  })
}
