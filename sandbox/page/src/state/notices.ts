import { signal } from '@preact/signals'
import { me } from './place.ts'

/** Notices of Slack itself for one person in a channel: a failed command, a message that was not sent. */
export interface Notice {
  id: number
  userId: string
  channel: string
  /** Its place among messages. */
  ts: string
  text: string
}

export const notices = signal<readonly Notice[]>([])
let count = 0

export function notice(channel: string, text: string): void {
  const ts = (Date.now() / 1000).toFixed(6)
  notices.value = [...notices.value, { id: ++count, userId: me.value, channel, ts, text }]
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((one) => one.id !== id)
}
