import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector } from '../define-connector.ts'
import { renderAction } from './actions/render.ts'
import { mysqlRuns } from './actions/runs.ts'
import { actionProblems, actionSchema } from './actions/schema.ts'
import { lastUsed, readActivity } from './activity.ts'
import { checkTarget } from './check.ts'
import { issueCredentials } from './credentials.ts'
import { grantAccess } from './grant.ts'
import { grantOfUser, prefixOf } from './names.ts'
import { revokeAccess } from './revoke.ts'
import { entitlementSchema, type MysqlEntitlement, settingsSchema } from './schema.ts'
import { openTarget, type Target } from './target.ts'

/** Access to a MariaDB or MySQL server through an account for each lease. See docs/connectors/mysql.md. */
export const mysql = defineConnector({
  kind: 'mysql',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  action: { schema: actionSchema, problems: actionProblems, render: renderAction },
  assurance: ({ eventsIn }) => ({ proof: 'real', nativeExpiry: eventsIn !== undefined, residual: null }),
  open: ({ id, settings, offers, actions }) => {
    const target = openTarget(id, settings)
    const revokeAll = (orders: readonly AccessOrder<MysqlEntitlement | null>[]): Promise<Evidence>[] => {
      const all = revokeAccess(target, orders)
      return orders.map(async (_, index) => {
        const answer = (await all)[index]
        if (answer && !(answer instanceof ConnectorError)) return answer
        throw answer ?? new Error('a dropped account is without its evidence')
      })
    }
    return {
      grant: (order) => grantAccess(target, order),
      revoke: async (order) => {
        const [evidence] = await Promise.all(revokeAll([order]))
        if (!evidence) throw new Error('a dropped account is without its evidence')
        return evidence
      },
      revokeAll,
      issueCredentials: (order) => issueCredentials(target, order),
      list: async function* () {
        for (const user of await leaseUsers(target)) {
          const grantId = grantOfUser(id, user)
          if (grantId !== null) yield { grantId, detail: `account ${user}` }
        }
      },
      activity: (orders) => readActivity(target, orders),
      lastUsed: (orders) => lastUsed(target, orders),
      runs: mysqlRuns(target),
      check: () => diagnosed(() => checkTarget(target, offers, actions)),
      maintain: async () => {
        // Keeps a connection open: holders can take all others.
        await target.operation((session) => session.query('select 1'))
      },
      close: () => target.close(),
    }
  },
})

async function leaseUsers(target: Target): Promise<string[]> {
  const prefix = prefixOf(target.resourceId)
  const rows = await target.operation((session) =>
    session.query<{ user: string }>('select distinct User as user from mysql.user where left(User, ?) = ?', [
      prefix.length,
      prefix,
    ]),
  )
  return rows.map(({ user }) => user)
}
