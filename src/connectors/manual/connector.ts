import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector } from '../define-connector.ts'
import { giveByHand, howToConnect, type ManualTarget, takeAwayByHand } from './operations.ts'
import { entitlementSchema, settingsSchema } from './schema.ts'
import { openTaskList } from './task-list.ts'

/** Access that named people give and take away by hand. See docs/connectors/manual.md. */
export const manual = defineConnector({
  kind: 'manual',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  cannotTell: 'People give this access by hand, and Daypass has no connection to the system.',
  assurance: ({ residual = null }) => ({ proof: 'attested', nativeExpiry: false, residual }),
  escalateAfter: ({ escalateAfter }) => escalateAfter,
  // Two leases of one person are one access there, so each order must tell the others.
  login: ({ login }) =>
    login === undefined ? { name: 'Slack account', from: 'slack_account' } : { name: login },
  taskPeople: ({ assignees = null, channel = null, directMessages, remindAfter }) => ({
    assignees,
    channel,
    direct: directMessages,
    remindAfterSeconds: remindAfter,
  }),
  open: ({ id, settings, offers, tasks }) => {
    const target: ManualTarget = { id, offers, tasks: openTaskList(id, tasks, settings.timeout) }
    return {
      grant: (order) => giveByHand(target, order),
      revoke: (order) => takeAwayByHand(target, order),
      issueCredentials: (order) => howToConnect(target, order),
      check: () =>
        diagnosed(async () => {
          const open = await target.tasks.countOpen()
          const summary = `people give ${offers.size} entitlements by hand; ${open} tasks wait for an answer`
          return { ok: true, summary }
        }),
      close: async () => {},
    }
  },
})
