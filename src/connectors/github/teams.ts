import { z } from 'zod'
import { type Account, userSchema } from './accounts.ts'
import type { GitHub } from './target.ts'
import type { Work } from './work.ts'

const teamSchema = z.object({ id: z.number(), slug: z.string() })
export type Team = z.output<typeof teamSchema>

const membershipSchema = z.object({
  state: z.enum(['active', 'pending']),
  role: z.enum(['member', 'maintainer']),
})

const membersPath = '/orgs/{org}/teams/{team_slug}/members'
export const membershipPath = '/orgs/{org}/teams/{team_slug}/memberships/{username}'

/**
 * The team of this slug; where its id is known, the team of this id, whatever its slug is now: a maintainer can rename a team.
 * Null: there is none.
 */
export async function findTeam(github: GitHub, slug: string, id: unknown): Promise<Team | null> {
  const named = await github.read(teamSchema, '/orgs/{org}/teams/{team_slug}', { team_slug: slug })
  if (typeof id !== 'number' || named?.id === id) return named
  const all = await github.list(teamSchema, '/orgs/{org}/teams')
  return all.find((team) => team.id === id) ?? null
}

/** Members of child teams count as members. Null: no membership, and no invitation. */
export async function teamMembership(github: GitHub, { slug }: Team, { login }: Account) {
  if (login === null) return null
  return github.read(membershipSchema, membershipPath, { team_slug: slug, username: login })
}

/** The child team, at any depth, through which the account counts as a member of this one. Null: none. */
export async function childTeamWith(
  github: GitHub,
  { slug }: Team,
  account: Account,
): Promise<string | null> {
  const children = await github.list(teamSchema, '/orgs/{org}/teams/{team_slug}/teams', { team_slug: slug })
  for (const child of children) {
    if ((await teamMembership(github, child, account))?.state === 'active') return child.slug
  }
  return null
}

export async function memberIds(github: GitHub, { slug }: Team): Promise<string[]> {
  const members = await github.list(userSchema, membersPath, { team_slug: slug })
  return members.map(({ id }) => String(id))
}

/** The members that came since the lease of a maintainer began: a maintainer can let others in. */
export async function addedMembers(
  { github, order, account }: Work<'team'>,
  { slug }: Team,
): Promise<string | null> {
  const members = order.before?.members
  if (!Array.isArray(members)) return null
  const known = new Set<unknown>([...members, String(account.id)])
  const now = await github.list(userSchema, membersPath, { team_slug: slug })
  const added = now.filter(({ id }) => !known.has(String(id))).map(({ login }) => login)
  if (added.length === 0) return null
  return `Became members of ${slug} during the lease, by its maintainers or by others: ${added.join(', ')}.`
}
