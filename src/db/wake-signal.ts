import type { Database } from './database.ts'

/** Tells the workers of other processes that the outbox has new entries. A lost signal delays them until the next sweep. */
export interface WakeSignal {
  /** Returns at once and never throws. Several calls in a row send one signal. */
  send(): void
  /** Calls `onWake` at each signal, and after each reconnection, because signals may be lost. Stops when the database is closed. */
  listen(onWake: () => void): Promise<void>
}

const channel = 'daypass_outbox'

export function createWakeSignal({ sql }: Database): WakeSignal {
  let sending = false
  let again = false
  const send = () => {
    again = sending
    if (sending) return
    sending = true
    sql.notify(channel, '').then(sent, sent)
  }
  const sent = () => {
    sending = false
    if (again) send()
  }
  return {
    send,
    async listen(onWake) {
      await sql.listen(channel, onWake, onWake)
    },
  }
}
