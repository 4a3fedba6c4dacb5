import { signal } from '@preact/signals'
import type { VisibleMessage } from '../../../types.ts'
import { me } from './place.ts'
import { messages } from './store.ts'

const KEY = 'local-slack-read'

/** Until where each person has read each channel: `U… C…` -> ts. Kept by the browser, as each person's own memory. */
const read = signal<Readonly<Record<string, string>>>(restore())

function restore(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}')
  } catch {
    return {}
  }
}

export function markRead(channel: string): void {
  const last = messages.value.get(channel)?.at(-1)?.ts
  const key = `${me.value} ${channel}`
  if (!last || (read.peek()[key] ?? '') >= last) return
  read.value = { ...read.peek(), [key]: last }
  try {
    localStorage.setItem(KEY, JSON.stringify(read.value))
  } catch {
    // Without storage it is forgotten with the window.
  }
}

export function unreadCount(channel: string): number {
  const since = read.value[`${me.value} ${channel}`] ?? ''
  return (messages.value.get(channel) ?? []).filter(
    (m) => m.ts > since && m.user !== me.value && !inThread(m),
  ).length
}

/** Replies wait in their thread; only what stands in the channel itself is news there. */
function inThread({ threadTs, ts }: VisibleMessage): boolean {
  return threadTs !== undefined && threadTs !== ts
}
