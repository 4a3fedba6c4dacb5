import type { Facts } from '../../domain/connector.ts'
import { membershipSentence } from '../_shared/membership.ts'
import type { LiveAccount } from './accounts.ts'
import { organizationBefore, standingIn } from './organization.ts'
import { gives, requireTeam, teamLeases } from './team.ts'
import { childTeamWith, findTeam, memberIds, teamMembership } from './teams.ts'
import type { Work } from './work.ts'

/** What the account has already, as a sentence. */
export async function standingInTeam(work: Work<'team', LiveAccount>): Promise<string | null> {
  const { target, github, access, account } = work
  const team = await requireTeam(work)
  if ((await standingIn(github, account)) === 'owner')
    return `${account.login} is an owner of ${target.settings.organization}.`
  const now = await teamMembership(github, team, account)
  if (now === null || teamLeases(work).length > 0) return null
  if (now.state === 'pending') return `${account.login} is invited to the team ${team.slug} already.`
  const child = await childTeamWith(github, team, account)
  if (child !== null)
    return `${account.login} is a member of the team ${team.slug} through its child team ${child}.`
  return gives(now.role, access.role)
    ? membershipSentence(account.login, `the team ${team.slug}`, true)
    : null
}

export async function beforeTeam(work: Work<'team', LiveAccount>): Promise<Facts> {
  const { github, order, access, account } = work
  const team = await requireTeam(work)
  const now = await teamMembership(github, team, account)
  const others = teamLeases(work)
  const known = others.find(({ before }) => before?.team === team.id)?.before
  // A role that another lease gave is none that the person had before.
  const role = others.length > 0 ? (known?.role ?? null) : (now?.role ?? null)
  return {
    account: account.id,
    team: team.id,
    role,
    ...(await organizationBefore(github, order, account)),
    ...(access.role === 'maintainer' && { members: await memberIds(github, team) }),
  }
}

export async function isInTeam({ github, order, access, account }: Work<'team'>): Promise<boolean> {
  const team = await findTeam(github, access.team, order.before?.team ?? order.given?.team)
  const now = team && (await teamMembership(github, team, account))
  return now?.state === 'active' && gives(now.role, access.role)
}
