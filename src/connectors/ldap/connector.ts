import type { Connector } from '../../domain/connector.ts'
import { diagnosed } from '../_shared/diagnose.ts'
import { defineConnector } from '../define-connector.ts'
import { issueCredentials } from './accounts/credentials.ts'
import type { AccountSettings } from './accounts/entry.ts'
import { grantEntry } from './accounts/grant.ts'
import { listEntries } from './accounts/list.ts'
import { revokeEntry } from './accounts/revoke.ts'
import { checkDirectory } from './check.ts'
import { revokeMembership } from './end-membership.ts'
import { listMembers } from './list-members.ts'
import { grantMembership, isMember, lookBefore, standingMembership } from './membership.ts'
import { residualSentence } from './residual.ts'
import { entitlementSchema, type LdapEntitlement, settingsSchema } from './schema.ts'
import { openTarget, type Target } from './target.ts'

/** Membership of groups of an LDAP directory, or an entry there for each lease. See docs/connectors/ldap.md. */
export const ldap = defineConnector({
  kind: 'ldap',
  settings: settingsSchema,
  entitlement: entitlementSchema,
  cannotTell: 'A directory does not show what people do with a group or an account.',
  assurance: (settings) => ({
    proof: 'real',
    nativeExpiry:
      settings.accounts !== undefined &&
      (settings.directory === 'active-directory' || settings.accounts.dynamicObjects),
    residual: residualSentence(settings),
  }),
  login: (_, { accounts }) => (accounts ? null : { name: 'LDAP login' }),
  open: ({ id, settings, offers }) => {
    const target = openTarget(id, settings)
    const { accounts } = settings
    return {
      ...(accounts ? withEntries(target, accounts) : withLogins(target, offers)),
      // By what the lease was given, not by what the catalog gives now.
      revoke: (order) =>
        order.holder.identity === undefined
          ? revokeEntry(target, accounts, order)
          : revokeMembership(target, order),
      check: () => diagnosed(() => checkDirectory(target, offers)),
      maintain: () => target.operation(async (ldap) => void (await ldap.read('', ['1.1']))),
      close: async () => target.close(),
    }
  },
})

type Powers = Omit<Connector<LdapEntitlement>, 'revoke' | 'check' | 'close'>

function withLogins(target: Target, offers: ReadonlyMap<string, LdapEntitlement>): Powers {
  return {
    grant: async (order) => grantMembership(target, order),
    standing: async (order) => standingMembership(target, order),
    lookBefore: async (order) => lookBefore(target, order),
    listMembers: async () => listMembers(target, offers),
    isHeld: async (order) => isMember(target, order),
  }
}

function withEntries(target: Target, accounts: AccountSettings): Powers {
  return {
    grant: (order) => grantEntry(target, accounts, order),
    issueCredentials: (order) => issueCredentials(target, accounts, order),
    list: () => listEntries(target, accounts),
  }
}
