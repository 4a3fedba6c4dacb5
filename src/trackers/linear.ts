import { z } from 'zod'
import { TrackerUnavailable } from '../domain/tracker.ts'
import { askTracker } from './ask.ts'
import { defineTracker } from './define-tracker.ts'
import { baseUrl, token, webhookSecret } from './settings.ts'
import { type HookForm, readSignedHook } from './signed-hook.ts'

const query = 'query($id: String!) { issue(id: $id) { state { name type } assignee { id displayName } } }'

/** https://linear.app/developers/graphql: an unknown issue is an error, with HTTP 200 or 400. */
const answer = z.object({
  data: z
    .object({
      issue: z
        .object({
          state: z.object({ name: z.string(), type: z.string() }),
          assignee: z.object({ id: z.string(), displayName: z.string() }).nullable(),
        })
        .nullable(),
    })
    .nullish(),
  errors: z.array(z.object({ message: z.string() })).optional(),
})

/** The types of states in which the work is over. */
const over = ['completed', 'canceled', 'duplicate']

const delivery = z.object({
  action: z.string(),
  type: z.literal('Issue'),
  webhookTimestamp: z.number(),
  data: z.object({ identifier: z.string(), state: z.object({ type: z.string() }).optional() }),
})

/** https://linear.app/developers/webhooks */
const hook: HookForm<z.output<typeof delivery>> = {
  header: 'linear-signature',
  prefix: '',
  body: delivery,
  sentAt: ({ webhookTimestamp }) => new Date(webhookTimestamp),
  toleranceSeconds: 300,
  closed: ({ action, data: { identifier, state } }) =>
    action === 'remove' || (state && over.includes(state.type)) ? identifier.toUpperCase() : null,
}

export const linear = defineTracker({
  kind: 'linear',
  name: 'Linear',
  settings: z.strictObject({
    url: baseUrl('https://api.linear.app/graphql')
      .default('https://api.linear.app/graphql')
      .describe('The address of the GraphQL API'),
    token: token.describe('A personal API key (lin_api_…) or an OAuth token'),
    webhookSecret,
  }),
  open({ url, token, webhookSecret: secret }, asked) {
    const authorization = token.startsWith('lin_api_') ? token : `Bearer ${token}`
    return {
      normalise: (ticket) => (/^[a-z][a-z0-9]*-[0-9]+$/i.test(ticket) ? ticket.toUpperCase() : null),
      async find(key) {
        const headers = { authorization, 'content-type': 'application/json' }
        const body = JSON.stringify({ query, variables: { id: key } })
        const said = await askTracker(asked, url, { method: 'POST', headers, body }, answer, [400])
        const issue = said?.data?.issue
        if (!issue) {
          const [error] = said?.errors ?? []
          if (!error || /not found/i.test(error.message)) return null
          throw new TrackerUnavailable('Linear refused the question; check the token.')
        }
        const { state, assignee } = issue
        return {
          status: state.name,
          isOpen: !over.includes(state.type),
          assignees: assignee ? [{ login: assignee.id, displayName: assignee.displayName }] : [],
        }
      },
      ...(secret && { readHook: (sent, now) => readSignedHook(hook, secret, sent, now) }),
    }
  },
})
