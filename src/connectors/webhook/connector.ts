import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector } from '../define-connector.ts'
import { actionProblems, actionSchema, renderAction, webhookRuns } from './actions.ts'
import { checkReceiver } from './check.ts'
import { grantAccess, isHeld, issueCredentials, revokeAccess } from './operations.ts'
import { openReceiver } from './receiver.ts'
import { entitlementSchema, settingsSchema } from './schema.ts'

/** Access to whatever is behind a signed webhook. See docs/connectors/webhook.md. */
export const webhook = defineConnector({
  kind: 'webhook',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  cannotTell: 'The receiver of a webhook is not asked what was done.',
  action: { schema: actionSchema, problems: actionProblems, render: renderAction },
  assurance: ({ signedAnswers, residual = null }) => ({
    proof: signedAnswers ? 'contract' : 'attested',
    nativeExpiry: false,
    residual,
  }),
  login: ({ login }) => (login === undefined ? null : { name: login }),
  open: ({ id, settings, offers }) => {
    const receiver = openReceiver(id, settings)
    return {
      grant: (order) => grantAccess(receiver, order),
      revoke: (order) => revokeAccess(receiver, order),
      ...(settings.credentials && { issueCredentials: (order) => issueCredentials(receiver, order) }),
      ...(settings.reads && {
        isHeld: (order) => isHeld(receiver, order),
        standing: async (order) =>
          (await isHeld(receiver, order))
            ? `${order.holder.identity ?? order.holder.displayName} has this access at ${receiver.host} already.`
            : null,
      }),
      ...(settings.lists && {
        list: async function* () {
          const { holdings } = await receiver.ask('list', { type: 'access.list', data: { resource: id } })
          for (const { grant, detail } of holdings)
            yield { grantId: grant, detail: detail || `grant ${grant}` }
        },
      }),
      runs: webhookRuns(receiver),
      check: () => diagnosed(() => checkReceiver(receiver, offers)),
      close: () => receiver.close(),
    }
  },
})
