import { z } from 'zod'
import type { HookDelivery, HookReading } from '../domain/tracker.ts'
import { keyOf, keyProblem, signatureProblem } from '../standard-webhooks.ts'
import { defineTracker } from './define-tracker.ts'
import { jsonOf } from './signed-hook.ts'

const delivery = z.object({ type: z.literal('ticket.closed'), ticket: z.string().min(1).max(100) })

/** Any other tracker: it tells when a ticket is closed, and cannot be asked. Signed as https://www.standardwebhooks.com says. */
export const webhook = defineTracker({
  kind: 'webhook',
  name: 'The tracker',
  settings: z.strictObject({
    webhookSecrets: z
      .array(
        z.string().check((ctx) => {
          const message = keyProblem(ctx.value)
          if (message) ctx.issues.push({ code: 'custom', message, input: undefined })
        }),
      )
      .min(1)
      .max(2)
      .describe('The secrets of the webhook, whsec_ and base64: one, or two while they are being replaced'),
  }),
  open({ webhookSecrets }) {
    const keys = webhookSecrets.map(keyOf)
    return {
      normalise: (ticket) => (ticket === '' ? null : ticket),
      readHook: (sent, now) => readDelivery(keys, sent, now),
    }
  },
})

function readDelivery(keys: readonly Buffer[], { headers, body }: HookDelivery, now: Date): HookReading {
  const of = (name: string) => {
    const value = headers[name]
    return typeof value === 'string' ? value : undefined
  }
  const signed = {
    'webhook-id': of('webhook-id'),
    'webhook-timestamp': of('webhook-timestamp'),
    'webhook-signature': of('webhook-signature'),
  }
  const problem = signatureProblem(keys, signed['webhook-id'] ?? '', now, signed, body.toString('utf8'))
  if (problem !== null) return { kind: /minutes/.test(problem) ? 'stale' : 'forged' }
  const { data } = delivery.safeParse(jsonOf(body))
  if (!data) return { kind: 'irrelevant' }
  // The body is the same each time that one ticket is closed. The id is not, and the signature covers it.
  return { kind: 'closed', key: data.ticket.trim(), id: signed['webhook-id'] ?? '' }
}
