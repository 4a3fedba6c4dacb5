import type { Database } from './database.ts'

/** Tells the workers of other processes that there is something in the outbox. A lost signal costs one sweep. */
export interface WakeSignal {
  /** Returns at once and never throws. Many in a row travel as one. */
  send(): void
  /** Calls `onWake` at each signal, also after the connection was lost and made anew. Ends with the database. */
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
