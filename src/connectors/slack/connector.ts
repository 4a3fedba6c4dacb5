import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector } from '../define-connector.ts'
import { checkWorkspace } from './check.ts'
import { listMembers } from './list-members.ts'
import {
  grantMembership,
  isMember,
  revokeMembership,
  standingMembership,
  type Workspace,
} from './membership.ts'
import { entitlementSchema, settingsSchema } from './schema.ts'
import { openTarget } from './target.ts'
import { openUserGroups } from './user-groups.ts'

/** Membership of private channels and user groups of Slack, for the account that asked. See docs/connectors/slack.md. */
export const slack = defineConnector({
  kind: 'slack',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  cannotTell: 'Daypass does not read what people write or do in channels.',
  assurance: {
    proof: 'real',
    nativeExpiry: false,
    residual:
      'The person keeps what was read or downloaded before, and a member of the channel can invite them again.',
  },
  login: { name: 'Slack account', from: 'slack_account' },
  userGroup: ({ userGroup }) => userGroup ?? null,
  open: ({ id, settings, offers, isDecidingGroup }) => {
    const target = openTarget(id, settings)
    const workspace: Workspace = { target, userGroups: openUserGroups(target), isDecidingGroup }
    return {
      grant: (order) => grantMembership(workspace, order),
      revoke: (order) => revokeMembership(workspace, order),
      standing: (order) => standingMembership(workspace, order),
      listMembers: () => listMembers(workspace, offers),
      isHeld: (order) => isMember(workspace, order),
      check: () => diagnosed(() => checkWorkspace(workspace, offers)),
      close: async () => {},
    }
  },
})
