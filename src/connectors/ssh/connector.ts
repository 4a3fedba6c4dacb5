import { defineConnector } from '../define-connector.ts'
import { renderAction } from './actions/command.ts'
import { sshRuns } from './actions/runs.ts'
import { actionProblems, actionSchema } from './actions/schema.ts'
import { readActivity } from './activity.ts'
import { checkTarget } from './check.ts'
import { issueCredentials } from './credentials.ts'
import { grantAccess } from './grant.ts'
import { grantOfName } from './names.ts'
import { revokeAccess } from './revoke.ts'
import { entitlementSchema, settingsSchema } from './schema.ts'
import { openTarget } from './target.ts'

/** Access to hosts by short certificates, with an account for each lease. See docs/connectors/ssh.md. */
export const ssh = defineConnector({
  kind: 'ssh',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  action: { schema: actionSchema, problems: actionProblems, render: renderAction },
  assurance: ({ accounts }) => ({
    proof: 'real',
    nativeExpiry: true,
    residual:
      accounts.length === 0
        ? null
        : `What a holder leaves in ${accounts.length === 1 ? 'the account' : 'one of the accounts'} ${accounts.join(', ')}, such as a key or a job of cron, may outlive the lease.`,
  }),
  open: ({ id, settings, offers, actions }) => {
    const target = openTarget(id, settings)
    return {
      grant: (order) => grantAccess(target, order),
      revoke: (order) => revokeAccess(target, order),
      issueCredentials: (order, brought) => issueCredentials(target, order, brought),
      list: async function* () {
        const seen = new Set<string>()
        for (const { host, answer } of await target.askAll('list', [])) {
          for (const line of answer.all('held')) {
            const [name = '', resource] = line.split(' ')
            const grantId = grantOfName(id, name)
            // Without its file nothing says whose it is, besides its name.
            if (grantId === null || (resource !== id && resource !== '-') || seen.has(grantId)) continue
            seen.add(grantId)
            yield { grantId, detail: `lease ${name} on ${host.label}` }
          }
        }
      },
      activity: (orders) => readActivity(target, orders),
      runs: sshRuns(target),
      check: () => checkTarget(target, offers, actions),
      maintain: () => target.keepConnected(),
      close: async () => target.close(),
    }
  },
})
