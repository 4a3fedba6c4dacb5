import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector } from '../define-connector.ts'
import { checkDirectory } from './check.ts'
import { openGroups } from './groups.ts'
import {
  type Directory,
  grantMembership,
  isMember,
  lookBefore,
  revokeMembership,
  standingMembership,
} from './membership.ts'
import { entitlementSchema, type ScimSettings, settingsSchema } from './schema.ts'
import { openSessions } from './sessions/sessions.ts'
import { openTarget } from './target.ts'

/** Membership of groups of a SCIM 2.0 server, for users that are there already. See docs/connectors/scim.md. */
export const scim = defineConnector({
  kind: 'scim',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  cannotTell: 'SCIM does not show what people do in an application.',
  assurance: ({ sessions }) => ({ proof: 'real', nativeExpiry: false, residual: residualOf(sessions) }),
  login: { name: 'SCIM login' },
  open: ({ id, settings, offers }) => {
    const target = openTarget(id, settings)
    const sessions = settings.sessions ? openSessions(target, settings.sessions) : null
    const directory: Directory = { target, groups: openGroups(target), sessions }
    return {
      grant: (order) => grantMembership(directory, order),
      revoke: (order) => revokeMembership(directory, order),
      standing: (order) => standingMembership(directory, order),
      lookBefore: (order) => lookBefore(directory, order),
      isHeld: (order) => isMember(directory, order),
      check: () => diagnosed(() => checkDirectory(directory, offers)),
      close: async () => {},
    }
  },
})

function residualOf(sessions: ScimSettings['sessions']): string {
  switch (sessions?.vendor) {
    case 'okta':
      return "Okta says that it ends its sessions. The application's own session goes on until the application ends it."
    case 'entra':
      return "Entra says that it ends sign-in sessions, but not those of guests of other tenants. Tokens that it issued, and the application's own session, go on until they expire."
    case 'google':
      return "Google says that it signs the person out. The application's own session goes on until the application ends it."
    default:
      return "The application's own session goes on until the application ends it or looks at its groups again."
  }
}
