import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError, type Evidence } from '../../domain/connector.ts'
import { membershipEvidence } from '../_shared/membership.ts'
import { type LiveAccount, requireSameLogin } from './accounts.ts'
import { leaveOrganization, refuseOutsider, remainingIn, standingIn } from './organization.ts'
import type { TeamRole } from './schema.ts'
import { addedMembers, childTeamWith, findTeam, membershipPath, type Team, teamMembership } from './teams.ts'
import { changedBack, mostChanges, nameOf, othersHere, pauseBefore, type Work } from './work.ts'

export async function grantTeam(work: Work<'team', LiveAccount>): Promise<Evidence> {
  const { target, github, invitations, order, access, account } = work
  const team = await requireTeam(work)
  const role = greatest([access.role, ...rolesOfOthers(work), roleBefore(work)])
  for (let changes = 0; ; changes += 1) {
    const now = await teamMembership(github, team, account)
    if (now?.state === 'pending') throw invitations.awaiting(order, account, invitations.ofOrganization())
    if (now && gives(now.role, role)) {
      invitations.forget(order.grantId)
      const of = `the team ${team.slug} of ${target.settings.organization}`
      const facts = { account: account.id, login: account.login, team: team.id, role: now.role }
      return membershipEvidence({ member: account.login, of }, true, github.now(), facts)
    }
    if (changes === mostChanges) throw changedBack(work, `in the team ${team.slug}`, 'conflict')
    await pause(pauseBefore(changes))
    const standing = await standingIn(github, account)
    if (standing === 'outside') {
      if (!target.settings.invite) throw refuseOutsider(target, account)
      if (invitations.wasSent(order.grantId)) {
        // An invitation that was just accepted may show late.
        if (changes < 2) continue
        throw invitations.gone(order, account)
      }
      invitations.sent(order.grantId)
    }
    await github.change('PUT', membershipPath, { team_slug: team.slug, username: account.login, role })
  }
}

/** Takes the membership away, or leaves what another lease gives, or what was there before the lease. */
export async function revokeTeam(work: Work<'team'>): Promise<Evidence> {
  const { target, github, invitations, order, access, account } = work
  invitations.forget(order.grantId)
  const team = await findTeam(github, access.team, order.before?.team ?? order.given?.team)
  const keptBy = othersHere(work, isSame(work)).map(({ grantId }) => grantId)
  const role = greatest([...rolesOfOthers(work), roleBefore(work)])
  const left = team === null ? null : await bringTo(work, team, role, keptBy.length > 0)
  const leftOrganization = await leaveOrganization(target, github, order, account)
  await requireSameLogin(target, github, account)
  const evidence = membershipEvidence(
    { member: nameOf(account), of: `the team ${access.team}`, keptBy },
    left?.role !== undefined,
    github.now(),
    { account: account.id, login: account.login, team: team?.id ?? null, leftOrganization },
  )
  const remains = [
    ...(keptBy.length === 0 ? [left?.sentence ?? null, await remainingIn(target, github, account)] : []),
    team && (await addedMembers(work, team)),
  ].filter((sentence) => sentence !== null)
  const notes = [
    ...(leftOrganization
      ? [`${nameOf(account)} is no member of ${target.settings.organization} any more.`]
      : []),
    ...(team && team.slug !== access.team ? [`The team is called ${team.slug} now.`] : []),
    ...(team === null ? ['The team is not there any more.'] : []),
  ]
  return {
    ...evidence,
    summary: [evidence.summary, ...notes].join(' '),
    ...(remains.length > 0 && { remains: remains.join(' ') }),
  }
}

/** A membership that is there at the end. */
interface Left {
  /** Undefined: only the members of a child team count as members. */
  readonly role: TeamRole | undefined
  readonly sentence: string
}

/** Resolves when a read-back shows this role, or for null no membership but one through a child team. */
async function bringTo(
  work: Work<'team'>,
  team: Team,
  role: TeamRole | null,
  isKept: boolean,
): Promise<Left | null> {
  const { target, github, account, access } = work
  const parameters = { team_slug: team.slug, username: account.login }
  for (let changes = 0; ; changes += 1) {
    const now = await teamMembership(github, team, account)
    // What the person had before, and somebody took away meanwhile, is not given again.
    if (now === null && (role === null || !isKept || account.login === null)) return null
    if (now && role !== null) {
      const isOwner = now.role !== role && (await standingIn(github, account)) === 'owner'
      const sentence = `${account.login} stays ${now.role} of ${access.team}, as before the lease.`
      // GitHub calls each owner of the organisation a maintainer. An invitation is another lease's.
      if (now.role === role || isOwner || now.state === 'pending') return { role: now.role, sentence }
    }
    const child = now?.state === 'active' && role === null ? await childTeamWith(github, team, account) : null
    // A direct membership besides it cannot be seen before it is taken away.
    if (child !== null && changes > 0) {
      const sentence = `${account.login} still counts as a member of ${access.team} through its child team ${child}.`
      return { role: undefined, sentence }
    }
    if (changes === mostChanges) throw changedBack(work, `in the team ${team.slug}`, 'still_present')
    await pause(pauseBefore(changes))
    if (role === null) await github.change('DELETE', membershipPath, parameters)
    else if (now || target.settings.invite || (await isInside(work)))
      await github.change('PUT', membershipPath, { ...parameters, role })
    else return null
  }
}

async function isInside({ github, account }: Work<'team'>): Promise<boolean> {
  return (await standingIn(github, account)) !== 'outside'
}

export async function requireTeam({ target, github, order, access }: Work<'team'>): Promise<Team> {
  const team = await findTeam(github, access.team, order.before?.team)
  if (team) return team
  const message = `${target.resourceId}: ${target.settings.organization} has no team ${access.team}. Correct \`team\` in the catalog: it is the slug, as in the address of the team.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

function isSame({ access }: Work<'team'>) {
  return ({ team }: { team: string }) => team.toLowerCase() === access.team.toLowerCase()
}

function rolesOfOthers(work: Work<'team'>): TeamRole[] {
  return othersHere(work, isSame(work)).map(({ access }) => access.role)
}

export function teamLeases(work: Work<'team'>) {
  return othersHere(work, isSame(work))
}

function roleBefore({ order: { before } }: Work<'team'>): TeamRole | null {
  const role = before?.role
  return role === 'member' || role === 'maintainer' ? role : null
}

function greatest(roles: readonly (TeamRole | null)[]): TeamRole | null {
  if (roles.includes('maintainer')) return 'maintainer'
  return roles.includes('member') ? 'member' : null
}

/** Whether a role gives all that is wanted. */
export function gives(role: TeamRole, wanted: TeamRole | null): boolean {
  return wanted !== 'maintainer' || role === 'maintainer'
}
