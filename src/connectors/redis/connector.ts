import type { AccessOrder, Evidence } from '../../domain/connector.ts'
import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector } from '../define-connector.ts'
import { grantOfUser } from './acl.ts'
import { lastUsed, readActivity } from './activity.ts'
import { checkTarget } from './check.ts'
import { issueCredentials } from './credentials.ts'
import { grantAccess } from './grant.ts'
import { revokeAccess } from './revoke.ts'
import { entitlementSchema, settingsSchema } from './schema.ts'
import { openTarget } from './target.ts'

/** Access to a Redis server through an ACL user for each lease. See docs/connectors/redis.md. */
export const redis = defineConnector({
  kind: 'redis',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  assurance: { proof: 'real', nativeExpiry: false, residual: null },
  open: ({ id, settings, offers }) => {
    const target = openTarget(id, settings)
    const revokeAll = (orders: readonly AccessOrder<unknown>[]): Promise<Evidence>[] => {
      const all = revokeAccess(target, orders)
      return orders.map(async (_, index) => evidenceAt(await all, index))
    }
    return {
      grant: (order) => grantAccess(target, order),
      revoke: async (order) => evidenceAt(await revokeAccess(target, [order]), 0),
      revokeAll,
      issueCredentials: (order) => issueCredentials(target, order),
      list: async function* () {
        const [users] = await target.send([['ACL', 'USERS']])
        for (const user of Array.isArray(users) ? users.map(String) : []) {
          const grantId = grantOfUser(id, user)
          if (grantId !== null) yield { grantId, detail: `user ${user}` }
        }
      },
      activity: (orders) => readActivity(target, orders),
      lastUsed: (orders) => lastUsed(target, orders),
      check: () => diagnosed(() => checkTarget(target, offers)),
      maintain: async () => {
        // Keeps the connection open: holders can take all others.
        await target.send([['TIME']])
      },
      close: async () => target.close(),
    }
  },
})

function evidenceAt(all: readonly Evidence[], index: number): Evidence {
  const evidence = all[index]
  if (!evidence) throw new Error('a revoked user is without its evidence')
  return evidence
}
