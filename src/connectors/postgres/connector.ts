import type { AccessOrder } from '../../domain/connector.ts'
import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector } from '../define-connector.ts'
import { renderAction } from './actions/render.ts'
import { postgresRuns } from './actions/runs.ts'
import { actionProblems, actionSchema } from './actions/schema.ts'
import { lastUsed, readActivity } from './activity.ts'
import { checkTarget } from './check.ts'
import { issueCredentials } from './credentials.ts'
import type { CutOff } from './cut-off.ts'
import { offeredRoles } from './entitlements.ts'
import { grantAccess } from './grant.ts'
import { grantTogether } from './grant-together.ts'
import { removeLeftovers } from './leftovers.ts'
import { listHoldings } from './list.ts'
import { listMembers } from './list-members.ts'
import { type RevocationOrder, revokeAccess } from './revoke.ts'
import { revokeTogether } from './revoke-together.ts'
import { entitlementSchema, type PostgresEntitlement, settingsSchema } from './schema.ts'
import { openTarget } from './target.ts'
import { dropFormerRoles, isFormer } from './unused-roles.ts'

/** Access to a Postgres database through roles that last as long as the lease. See docs/connectors/postgres.md. */
export const postgres = defineConnector({
  kind: 'postgres',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  action: { schema: actionSchema, problems: actionProblems, render: renderAction },
  assurance: { proof: 'real', nativeExpiry: true, residual: null },
  open: ({ id, settings, offers, actions }) => {
    const target = openTarget(id, settings)
    const current = offeredRoles(target, offers)
    const revoke = (order: RevocationOrder, before?: CutOff) =>
      target.operation(async (operation) => {
        const evidence = await revokeAccess(operation, target, offers, order, before)
        if (isFormer(target, current, order)) await dropFormerRoles(operation, target, current)
        return evidence
      })
    const grant = (order: AccessOrder<PostgresEntitlement>) =>
      target.operation((operation) => grantAccess(operation, target, current, order))
    return {
      grant,
      grantAll: (orders) => grantTogether(target, current, orders, grant),
      revoke: (order) => revoke(order),
      revokeAll: (orders) => revokeTogether(target, current, orders, revoke),
      issueCredentials: (order) =>
        target.operation((operation) => issueCredentials(operation, target, order)),
      list: async function* () {
        yield* await target.operation((operation) => listHoldings(operation, id))
      },
      listMembers: () => target.operation((operation) => listMembers(operation, offers)),
      activity: (orders) => target.operation((operation) => readActivity(operation, orders)),
      runs: postgresRuns(target),
      lastUsed: (orders) => target.operation((operation) => lastUsed(operation, orders)),
      check: () =>
        diagnosed(() => target.operation((operation) => checkTarget(operation, target, offers, actions))),
      maintain: async () => {
        await target.keepOpen()
        await target.operation((operation) => removeLeftovers(operation, target, offers))
      },
      close: () => target.close(),
    }
  },
})
