import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector } from '../define-connector.ts'
import { listAccountNames } from './accounts.ts'
import { renderAction } from './actions/operation.ts'
import { actionProblems } from './actions/problems.ts'
import { kubernetesRuns } from './actions/runs.ts'
import { actionSchema } from './actions/schema.ts'
import { readActivity } from './activity.ts'
import { openAuditLog } from './audit-log.ts'
import { listBindings, placeText } from './bindings.ts'
import { checkCluster } from './check.ts'
import { issueCredentials } from './credentials.ts'
import { grantAccess } from './grant.ts'
import { grantOfName, prefixOf, usernameOf } from './names.ts'
import { revokeAccess } from './revoke.ts'
import { entitlementSchema, settingsSchema } from './schema.ts'
import { standingAccess } from './shared-user.ts'
import { openTarget } from './target.ts'

const openSessions =
  'A watch, exec or port-forward that is open goes on: the API of Kubernetes cannot end it. New calls are refused at once.'

const notRead =
  'Kubernetes keeps what was called in the audit log of its API server, which the catalog does not name (`auditLog`).'

/** Roles in a Kubernetes cluster, for a ServiceAccount of the lease or a user of the cluster. See docs/connectors/kubernetes.md. */
export const kubernetes = defineConnector({
  kind: 'kubernetes',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  action: { schema: actionSchema, problems: actionProblems, render: renderAction },
  cannotTell: ({ access, auditLog }) => {
    if (access === 'user')
      return 'The user of the cluster is not of the lease alone, so its calls are not told.'
    return auditLog === undefined ? notRead : null
  },
  assurance: ({ access }) => ({ proof: 'real', nativeExpiry: access === 'token', residual: openSessions }),
  login: (_, { access }) => (access === 'user' ? { name: 'Kubernetes user' } : null),
  open: ({ id, settings, offers, actions }) => {
    const target = openTarget(id, settings)
    const { access, auditLog, namespace } = settings
    const log =
      access === 'token' && auditLog !== undefined
        ? openAuditLog(id, auditLog, usernameOf(namespace, prefixOf(id)))
        : null
    return {
      grant: (order) => grantAccess(target, order),
      revoke: (order) => revokeAccess(target, order),
      issueCredentials: (order) => issueCredentials(target, order),
      standing: (order) => standingAccess(target, order),
      list: async function* () {
        const found = await target.operation(async (api) => {
          const bindings = (await listBindings(api)).map((binding) => ({
            name: binding.name,
            detail: placeText(binding),
          }))
          if (settings.access === 'user') return bindings
          const accounts = await listAccountNames(target, api)
          return [...accounts.map((name) => ({ name, detail: `ServiceAccount ${name}` })), ...bindings]
        })
        const seen = new Set<string>()
        for (const { name, detail } of found) {
          const grantId = grantOfName(id, name)
          if (grantId === null || seen.has(grantId)) continue
          seen.add(grantId)
          yield { grantId, detail }
        }
      },
      runs: kubernetesRuns(target),
      check: () => diagnosed(() => checkCluster(target, offers, actions)),
      ...(log && { activity: (orders) => readActivity(log, orders) }),
      close: async () => {
        await Promise.all([target.close(), log?.close()])
      },
    }
  },
})
