import { createHmac } from 'node:crypto'

/** Slack's v0 request signature over the exact bytes of the body. */
export function sign(secret: string, timestamp: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`
}
