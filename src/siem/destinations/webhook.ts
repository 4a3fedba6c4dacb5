import { keyOf, signed } from '../../standard-webhooks.ts'
import type { Send } from './destination.ts'
import { post } from './http.ts'

/** One event a line, signed as https://www.standardwebhooks.com says. The id names the positions, so a repetition can be seen. */
export const sendToWebhook: Send<'webhook'> = async ({ rules, to, origin, events, now, signal }) => {
  const body = events.map((event) => `${JSON.stringify(event.body)}\n`).join('')
  const id = `${origin}/${events[0]?.position}-${events.at(-1)?.position}`
  const signature = signed(to.secrets.map(keyOf), id, now, body)
  const headers = { ...signature, 'content-type': 'application/x-ndjson', 'daypass-stream': rules.id }
  await post({ url: to.url, headers, body, connection: to, signal })
}
