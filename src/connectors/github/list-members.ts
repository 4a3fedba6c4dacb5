import type { Membership, Memberships } from '../../domain/connector.ts'
import { userSchema } from './accounts.ts'
import { accessOf, type GitHubEntitlement } from './schema.ts'
import type { Target } from './target.ts'

const membersPath = '/orgs/{org}/teams/{team_slug}/members'

/**
 * The members of every team that is offered. Roles in repositories come by many ways (teams, base permissions, owners), so they are not
 * listed, nor are reviewers of environments.
 */
export function listMembers(
  target: Target,
  offers: ReadonlyMap<string, GitHubEntitlement>,
): Promise<Memberships> {
  return target.operation(async (github) => {
    const members: Membership[] = []
    const notListed: string[] = []
    for (const [entitlementId, content] of offers) {
      const access = accessOf(content)
      if (access.kind !== 'team') {
        notListed.push(entitlementId)
        continue
      }
      const { team, role } = access
      const asked = { team_slug: team, ...(role === 'maintainer' && { role }) }
      for (const { id, login } of await github.list(userSchema, membersPath, asked)) {
        const named = target.settings.login === 'id' ? String(id) : login
        members.push({ login: named, entitlementId, detail: `${login} is ${role} of the team ${team}` })
      }
    }
    return { members, notListed }
  })
}
