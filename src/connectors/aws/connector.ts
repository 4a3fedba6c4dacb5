import type { Assurance, Connector, Diagnosis } from '../../domain/connector.ts'
import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector, type OpenedResource } from '../define-connector.ts'
import { runProblems } from './actions/check.ts'
import { renderAction } from './actions/operation.ts'
import { actionProblems } from './actions/problems.ts'
import { awsRuns } from './actions/runs.ts'
import { type AwsAction, actionSchema } from './actions/schema.ts'
import { openTrail, tellsLateSeconds, trailProblems } from './activity.ts'
import {
  grantInCenter,
  isHeldInCenter,
  lookBeforeInCenter,
  revokeInCenter,
  standingInCenter,
} from './identity-center/access.ts'
import { openCenter } from './identity-center/center.ts'
import { checkCenter } from './identity-center/check.ts'
import { portalAccess } from './identity-center/portal.ts'
import { openAccount } from './roles/account.ts'
import { checkPrepared } from './roles/check-prepared.ts'
import { checkLeaseRoles } from './roles/check-roles.ts'
import { grantRole } from './roles/grant-role.ts'
import { listRoles } from './roles/list-roles.ts'
import {
  grantPrepared,
  issuePreparedCredentials,
  removePastDenials,
  revokePrepared,
} from './roles/prepared-role.ts'
import { revokeRole } from './roles/revoke-role.ts'
import { issueRoleCredentials } from './roles/role-credentials.ts'
import { type AwsEntitlement, type AwsSettings, entitlementSchema, settingsSchema } from './schema.ts'
import { openTarget, type Target } from './target.ts'

const notRead = 'AWS keeps what was called in CloudTrail, which the catalog does not name (`activity`).'

/** Access to AWS through Identity Center, by a role of the lease's own, or by a prepared one. See docs/connectors/aws.md. */
export const aws = defineConnector({
  kind: 'aws',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  cannotTell: ({ identityCenter, activity }) => {
    if (identityCenter)
      return 'Sessions of Identity Center are of the person and not of the lease, so their calls are not told.'
    return activity ? null : notRead
  },
  tellsLate: ({ activity }) => (activity ? tellsLateSeconds : null),
  action: { schema: actionSchema, problems: actionProblems, render: renderAction },
  assurance: assuranceOf,
  login: (_, { identityCenter }) => (identityCenter ? { name: 'AWS Identity Center login' } : null),
  open: (resource) => {
    const { identityCenter, leaseRoles, preparedRoles } = resource.settings
    const target = openTarget(resource.id, resource.settings)
    const connector = identityCenter
      ? throughCenter(target, identityCenter, resource)
      : leaseRoles
        ? byLeaseRoles(target, leaseRoles, resource)
        : byPreparedRoles(target, preparedRoles ?? { denyEnded: false }, resource)
    const trail = resource.settings.activity ? openTrail(target) : null
    return {
      ...connector,
      ...(trail && { activity: (orders) => trail.look(orders) }),
      runs: awsRuns(target),
      check: () => checkAll(connector, target, resource),
    }
  },
})

type Resource = OpenedResource<AwsSettings, AwsEntitlement, AwsAction>
type Leases = Connector<AwsEntitlement, AwsAction>

/** Leases, actions and what is told of leases together. */
async function checkAll(leases: Leases, target: Target, { actions, settings }: Resource): Promise<Diagnosis> {
  const found = await leases.check()
  const problems = await diagnosed(async () => {
    const ofActions = await runProblems(target, actions)
    const more = [...ofActions, ...(settings.activity ? await trailProblems(target) : [])]
    return more.length > 0 ? { ok: false, problems: more } : { ok: true, summary: '' }
  })
  if (problems.ok) return found
  return found.ok ? problems : { ok: false, problems: [...found.problems, ...problems.problems] }
}

function throughCenter(
  target: Target,
  settings: NonNullable<AwsSettings['identityCenter']>,
  { offers }: Resource,
): Leases {
  const center = openCenter(target, settings)
  return {
    grant: (order) => grantInCenter(center, order),
    revoke: (order) => revokeInCenter(center, order),
    standing: (order) => standingInCenter(center, order),
    lookBefore: (order) => lookBeforeInCenter(center, order),
    isHeld: (order) => isHeldInCenter(center, order),
    issueCredentials: (order) => portalAccess(center, order),
    check: () => diagnosed(() => checkCenter(center, offers)),
    close: () => target.close(),
  }
}

function byLeaseRoles(
  target: Target,
  settings: NonNullable<AwsSettings['leaseRoles']>,
  { offers }: Resource,
): Leases {
  const account = openAccount(target)
  return {
    grant: (order) => grantRole(account, settings, order),
    revoke: (order) => revokeRole(account, order),
    issueCredentials: (order) => issueRoleCredentials(account, order),
    list: () => listRoles(account),
    check: () => diagnosed(() => checkLeaseRoles(account, settings, offers)),
    close: () => target.close(),
  }
}

/** How often a process looks for denials that nobody needs any more, in milliseconds. */
const cleaningInterval = 15 * 60_000

function byPreparedRoles(
  target: Target,
  settings: NonNullable<AwsSettings['preparedRoles']>,
  { offers }: Resource,
): Leases {
  const account = openAccount(target)
  let cleanAfter = 0
  return {
    grant: (order) => grantPrepared(account, settings, order),
    revoke: (order) => revokePrepared(account, settings, order),
    issueCredentials: (order) => issuePreparedCredentials(account, order),
    check: () => diagnosed(() => checkPrepared(account, settings, offers)),
    maintain: async () => {
      if (!settings.denyEnded || Date.now() < cleanAfter) return
      cleanAfter = Date.now() + cleaningInterval
      const roles = new Set([...offers.values()].flatMap(({ role }) => role ?? []))
      for (const role of roles) await target.operation((calls) => removePastDenials(calls, role))
    },
    close: () => target.close(),
  }
}

function assuranceOf({ identityCenter, leaseRoles, preparedRoles }: AwsSettings): Assurance {
  if (identityCenter)
    return {
      proof: 'real',
      nativeExpiry: false,
      residual:
        'Sessions that were opened before go on for the session duration of the permission set: 1h unless changed, 12h at most.',
    }
  if (leaseRoles)
    return {
      proof: 'real',
      nativeExpiry: true,
      residual: 'IAM takes some seconds to spread the end. What the person made in the account stays.',
    }
  return {
    proof: preparedRoles?.denyEnded ? 'real' : 'contract',
    nativeExpiry: true,
    residual: preparedRoles?.denyEnded
      ? 'IAM takes some seconds to spread an early end. What the person made in the account stays.'
      : 'Taken back early, sessions that were opened before go on until the planned end, or their own. What the person made in the account stays.',
  }
}
