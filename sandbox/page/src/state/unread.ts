import { signal } from '@preact/signals'
import type { VisibleMessage } from '../../../types.ts'
import { me } from './place.ts'
import { messages } from './store.ts'

const KEY = 'local-slack-read'

/** The last `ts` that each person has read in each channel: `U… C…` -> ts. Stored in the browser. */
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
    // Without storage it ends with the window.
  }
}

export function unreadCount(channel: string): number {
  const since = read.value[`${me.value} ${channel}`] ?? ''
  return (messages.value.get(channel) ?? []).filter(
    (m) => m.ts > since && m.user !== me.value && !inThread(m),
  ).length
}

/** Only messages in the channel itself count as unread, not replies in threads. */
function inThread({ threadTs, ts }: VisibleMessage): boolean {
  return threadTs !== undefined && threadTs !== ts
}
