import { z } from 'zod'
import type { Account } from './accounts.ts'
import { basePermission, standingIn } from './organization.ts'
import type { Repository } from './repositories.ts'
import { roleOf } from './roles.ts'
import type { GitHub, Target } from './target.ts'
import { teamMembership } from './teams.ts'

const teamSchema = z.object({ id: z.number(), slug: z.string(), permission: z.string() })

/** A role that does not come from the repository's own list of people. */
export interface Source {
  readonly role: string
  /** "through the team platform" */
  readonly how: string
}

/** Where the account has a role from, besides what the repository itself gives to it. */
export async function sourcesOf(
  { settings }: Target,
  github: GitHub,
  repository: Repository,
  account: Account,
): Promise<Source[]> {
  if (account.login === null) return []
  const { organization } = settings
  const standing = await standingIn(github, account)
  if (standing === 'owner') return [{ role: 'admin', how: `as an owner of ${organization}` }]
  const base = standing === 'member' ? await basePermission(github) : 'none'
  return [
    ...(base === null || base === 'none'
      ? []
      : [{ role: roleOf(base), how: `by the base permission of ${organization}` }]),
    ...(await throughTeams(github, repository, account)),
    ...openness(repository.visibility),
  ]
}

async function throughTeams(github: GitHub, { at }: Repository, account: Account): Promise<Source[]> {
  const found: Source[] = []
  for (const team of await github.list(teamSchema, '/repos/{owner}/{repo}/teams', at)) {
    const membership = await teamMembership(github, team, account)
    if (membership?.state !== 'active') continue
    found.push({ role: roleOf(team.permission), how: `through the team ${team.slug}` })
  }
  return found
}

function openness(visibility: string): Source[] {
  if (visibility === 'public') return [{ role: 'pull', how: 'because the repository is public' }]
  return visibility === 'internal'
    ? [{ role: 'pull', how: 'because the repository is internal to the enterprise' }]
    : []
}
