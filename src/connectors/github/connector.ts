import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector } from '../define-connector.ts'
import { grant, isHeld, lookBefore, type Organization, revoke, standing } from './access.ts'
import { githubRuns } from './actions/runs.ts'
import { actionProblems, actionSchema, renderAction } from './actions/schema.ts'
import { openAccountActivity, tellsLateSeconds } from './activity.ts'
import { checkOrganization } from './check.ts'
import { openInvitations } from './invitations.ts'
import { listMembers } from './list-members.ts'
import { openReviewers } from './reviewers.ts'
import { entitlementSchema, settingsSchema } from './schema.ts'
import { openTarget } from './target.ts'

/** Teams, repositories and environments of a GitHub organisation, for accounts that people have. See docs/connectors/github.md. */
export const github = defineConnector({
  kind: 'github',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  cannotTell: ({ activity }) =>
    activity ? null : 'GitHub keeps what members did, and the catalog does not say where (`activity`).',
  tellsLate: ({ activity }) => (activity ? tellsLateSeconds[activity] : null),
  assurance: {
    proof: 'real',
    nativeExpiry: false,
    residual:
      'The person keeps what was cloned. Deploy keys, collaborators and other ways in that an admin opened for others stay; the end names those that GitHub shows. Deployments that were approved go on.',
  },
  login: { name: 'GitHub login' },
  action: { schema: actionSchema, problems: actionProblems, render: renderAction },
  open: ({ id, settings, offers, actions }) => {
    const target = openTarget(id, settings)
    const accountActivity = settings.activity ? openAccountActivity(target, settings.activity) : null
    const organization: Organization = {
      target,
      invitations: openInvitations(target),
      reviewers: openReviewers(target),
    }
    return {
      grant: (order) => grant(organization, order),
      revoke: (order) => revoke(organization, order),
      standing: (order) => standing(organization, order),
      lookBefore: (order) => lookBefore(organization, order),
      listMembers: () => listMembers(target, offers),
      isHeld: (order) => isHeld(organization, order),
      ...(accountActivity && { activity: (orders) => accountActivity.look(orders) }),
      runs: githubRuns(target),
      check: () => diagnosed(() => checkOrganization(target, offers, actions)),
      close: async () => {},
    }
  },
})
