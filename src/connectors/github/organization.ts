import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { type AccessOrder, ConnectorError } from '../../domain/connector.ts'
import { type Account, type LiveAccount, leasesOf } from './accounts.ts'
import { accessOf, type GitHubEntitlement } from './schema.ts'
import type { GitHub, Target } from './target.ts'

const membershipSchema = z.object({ state: z.enum(['active', 'pending']), role: z.string() })
const organizationSchema = z.object({ default_repository_permission: z.string().nullish() })

/** What the account is in the organisation. */
export type Standing = 'owner' | 'member' | 'invited' | 'outside'

export async function standingIn(github: GitHub, { login }: Account): Promise<Standing> {
  if (login === null) return 'outside'
  const path = '/orgs/{org}/memberships/{username}'
  const found = await github.read(membershipSchema, path, { username: login })
  if (!found) return 'outside'
  if (found.state === 'pending') return 'invited'
  return found.role === 'admin' ? 'owner' : 'member'
}

/** The role that each member has in each repository: `read`, `write`, `admin` or `none`. Null: GitHub does not show it. */
export async function basePermission(github: GitHub): Promise<string | null> {
  const found = await github.read(organizationSchema, '/orgs/{org}')
  return found?.default_repository_permission ?? null
}

/** What remains of an organisation after a lease, as a sentence. Null: nothing. */
export async function remainingIn(target: Target, github: GitHub, account: Account): Promise<string | null> {
  const { organization } = target.settings
  switch (await standingIn(github, account)) {
    case 'owner':
      return `${account.login} is an owner of ${organization}, and can do everything there.`
    case 'member': {
      const base = await basePermission(github)
      if (base === 'none') return null
      const role = base === null ? 'a role' : `the base permission ${base}`
      return `${account.login} stays a member of ${organization}: each member has ${role} in its repositories.`
    }
    case 'invited':
      return `${account.login} has an invitation to ${organization} that was there before the lease.`
    case 'outside':
      return null
  }
}

export function refuseOutsider({ resourceId, settings }: Target, { login }: LiveAccount): ConnectorError {
  const message = `${resourceId}: ${login} is no member of ${settings.organization}. Invite the person there, or write \`invite: true\` in the catalog so that leases do; then ask again.`
  return new ConnectorError('conflict', message, { retryable: false })
}

type Order = AccessOrder<GitHubEntitlement>

/**
 * The organisation membership of before the lease, where a lease may bring the person into the organisation. Leases that overlap
 * know it from each other, so that the last one takes it away.
 */
export async function organizationBefore(
  github: GitHub,
  order: Order,
  account: Account,
): Promise<{ readonly organization?: Standing }> {
  const inherited = leasesOf(order, account).some(({ before }) => before?.organization === 'outside')
  if (inherited) return { organization: 'outside' }
  return accessOf(order.content).kind === 'team' ? { organization: await standingIn(github, account) } : {}
}

const mostChanges = 3

/**
 * Takes away a membership of the organisation that began with this lease, or with one that overlapped it, or the invitation to it.
 * Whether it did.
 */
export async function leaveOrganization(
  target: Target,
  github: GitHub,
  order: AccessOrder<GitHubEntitlement | null>,
  account: Account,
): Promise<boolean> {
  if (order.before?.organization !== 'outside') return false
  // The last of them takes it away.
  if (leasesOf(order, account).some(({ before }) => before?.organization === 'outside')) return false
  for (let changes = 0; ; changes += 1) {
    const standing = await standingIn(github, account)
    // Somebody made an owner of the person: that is a decision of its own, and is told.
    if (standing === 'outside' || standing === 'owner') return standing === 'outside'
    if (changes === mostChanges) break
    if (changes > 0) await pause(300 * changes)
    await github.change('DELETE', '/orgs/{org}/memberships/{username}', { username: account.login })
  }
  const message = `${target.resourceId}: ${account.login} is still a member of ${target.settings.organization}, though GitHub took the removal. Remove the person there.`
  throw new ConnectorError('still_present', message, { retryable: true })
}
