import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError, type Evidence } from '../../domain/connector.ts'
import type { LiveAccount } from './accounts.ts'
import { closeDoors } from './doors.ts'
import { leaveOrganization, refuseOutsider, standingIn } from './organization.ts'
import {
  cancel,
  directAccess,
  effectiveRole,
  goneRepository,
  type Invitation,
  type Repository,
  repositoryToLeave,
  requireRepository,
  unarchivedFor,
} from './repositories.ts'
import { highest, includes, roleOf } from './roles.ts'
import { sourcesOf } from './sources.ts'
import { changedBack, mostChanges, nameOf, othersHere, pauseBefore, type Work } from './work.ts'

const collaboratorPath = '/repos/{owner}/{repo}/collaborators/{username}'

export async function grantRepository(work: Work<'repository', LiveAccount>): Promise<Evidence> {
  const { target, github, invitations, order, access, account } = work
  const repository = await requireRepository(work)
  const role = requireOne(work, [access.role, ...rolesOfOthers(work), ...roleBefore(work)])
  for (let changes = 0; ; changes += 1) {
    const { collaborator, invitations: open } = await directAccess(github, repository, account)
    if (collaborator && includes(collaborator.role, role)) {
      invitations.forget(order.grantId)
      return evidenceOf(work, repository, collaborator.role, [])
    }
    const [invitation] = await stillGood(work, repository, open, role)
    if (invitation) throw invitations.awaiting(order, account, invitation.html_url)
    if (changes === mostChanges) throw changedBack(work, where(work), 'conflict')
    await pause(pauseBefore(changes))
    if (!collaborator && !(await isInside(work))) {
      if (!target.settings.invite) throw refuseOutsider(target, account)
      // An invitation that was just accepted may show late; one that was not sent anew was declined.
      if (invitations.wasSent(order.grantId) && open.length === 0) {
        if (changes < 2) continue
        throw invitations.gone(order, account)
      }
    }
    const parameters = { ...repository.at, username: account.login, permission: role }
    const { status } = await github.change('PUT', collaboratorPath, parameters)
    if (status === 201) invitations.sent(order.grantId)
  }
}

async function isInside({ github, account }: Work<'repository'>): Promise<boolean> {
  return ['member', 'owner'].includes(await standingIn(github, account))
}

/** An expired invitation cannot be accepted, and one to another role would give another one: they make room for a new one. */
async function stillGood(
  { github }: Work<'repository'>,
  repository: Repository,
  open: readonly Invitation[],
  role: string,
): Promise<Invitation[]> {
  const isGood = ({ expired, permissions }: Invitation) => !expired && roleOf(permissions) === role
  for (const invitation of open) if (!isGood(invitation)) await cancel(github, repository, invitation)
  return open.filter(isGood)
}

/** Takes the role away, or leaves what another lease gives, or what was there before the lease. */
export async function revokeRepository(work: Work<'repository'>): Promise<Evidence> {
  const { target, github, invitations, order, account } = work
  invitations.forget(order.grantId)
  const repository = await repositoryToLeave(work)
  if (!repository) {
    await leaveOrganization(target, github, order, account)
    return order.before ? goneRepository(work) : neverGiven(work)
  }
  const keptBy = othersHere(work, isSame(work)).map(({ grantId }) => grantId)
  const role = highest([...rolesOfOthers(work), ...roleBefore(work)]) ?? null
  const left = await unarchivedFor(github, await asNeeded(work, repository), () =>
    bringTo(work, repository, role, keptBy.length > 0),
  )
  const doors = await closeDoors(work, repository)
  const leftOrganization = await leaveOrganization(target, github, order, account)
  const evidence = evidenceOf(work, repository, left, keptBy)
  const remains = [
    ...(keptBy.length === 0 ? [await remainingRole(work, repository)] : []),
    ...doors.remains,
  ].filter((sentence) => sentence !== null)
  return {
    ...evidence,
    summary: [
      evidence.summary,
      ...doors.done,
      ...(leftOrganization
        ? [`${nameOf(account)} is no member of ${target.settings.organization} any more.`]
        : []),
    ].join(' '),
    ...(remains.length > 0 && { remains: remains.join(' ') }),
  }
}

/** Where there is nothing to take away, an archived repository is left as it is. */
async function asNeeded(
  { github, account }: Work<'repository'>,
  repository: Repository,
): Promise<Repository> {
  if (!repository.isArchived) return repository
  const { collaborator, invitations } = await directAccess(github, repository, account)
  return collaborator || invitations.length > 0 ? repository : { ...repository, isArchived: false }
}

/** Resolves with the role that a read-back shows in the repository's own list: this one, or null for none and no invitation. */
async function bringTo(
  work: Work<'repository'>,
  repository: Repository,
  role: string | null,
  isKept: boolean,
): Promise<string | null> {
  const { target, github, account } = work
  let written = false
  for (let changes = 0; ; changes += 1) {
    const { collaborator, invitations } = await directAccess(github, repository, account)
    const isThere = collaborator !== null || invitations.length > 0
    // What the person had before, and somebody took away meanwhile, is not given again.
    if (!isThere && (role === null || !isKept || account.login === null)) return null
    if (role !== null && collaborator && (await shows(work, repository, collaborator.role, role, written)))
      return collaborator.role
    // An invitation to what another lease gives stays.
    if (role !== null && invitations.some(({ permissions }) => roleOf(permissions) === role)) return null
    if (changes === mostChanges) throw changedBack(work, where(work), 'still_present')
    await pause(pauseBefore(changes))
    for (const invitation of invitations) await cancel(github, repository, invitation)
    const login = collaborator?.login ?? account.login
    if (role === null) {
      if (collaborator) await github.change('DELETE', collaboratorPath, { ...repository.at, username: login })
      continue
    }
    if (!collaborator && !target.settings.invite && !(await isInside(work))) return null
    await github.change('PUT', collaboratorPath, { ...repository.at, username: login, permission: role })
    written = true
  }
}

/**
 * GitHub shows the highest role of all sources. So a higher one counts as this one only where another source explains it, and
 * after this one was written.
 */
async function shows(
  { target, github, account }: Work<'repository'>,
  repository: Repository,
  shown: string,
  role: string,
  written: boolean,
): Promise<boolean> {
  if (shown === role) return true
  if (!written) return false
  const sources = await sourcesOf(target, github, repository, account)
  return sources.some((source) => source.role === shown)
}

/** The role that the account has from elsewhere, which Daypass did not give. */
async function remainingRole(work: Work<'repository'>, repository: Repository): Promise<string | null> {
  const { target, github, account } = work
  const role = await effectiveRole(github, repository, account)
  if (role === null) return null
  const before = roleBefore(work)
  const sources = [
    ...before.map((one) => ({ role: one, how: 'as a collaborator, as before the lease' })),
    ...(await sourcesOf(target, github, repository, account)),
  ]
  const known = sources.map(({ role: one, how }) => `${how}${one === role ? '' : ` (${one})`}`)
  const explained = sources.some((source) => source.role === role)
  const how = explained ? known : [...known, 'through a role in the organisation or the enterprise']
  return `${nameOf(account)} still has the role ${role} ${where(work)}, ${how.join(', ')}.`
}

function neverGiven({ github, account }: Work<'repository'>): Evidence {
  const summary = `The app does not see the repository, and ${nameOf(account)} was given nothing there.`
  return {
    readAt: github.now(),
    summary,
    facts: { account: account.id, login: account.login, member: false },
  }
}

function evidenceOf(
  work: Work<'repository'>,
  { id, name }: Repository,
  role: string | null,
  keptBy: readonly string[],
): Evidence {
  const { github, account, access } = work
  const has = role === null ? 'no role' : `the role ${role}`
  const why = keptBy.length > 0 ? ', because another lease gives it' : ''
  const renamed = name === access.repository ? '' : ` The repository is called ${name} now.`
  return {
    readAt: github.now(),
    summary: `${nameOf(account)} has ${has} of its own ${where(work)}${why}.${renamed}`,
    facts: {
      account: account.id,
      login: account.login,
      repository: id,
      role,
      member: role !== null,
      ...(keptBy.length > 0 && { keptBy }),
    },
  }
}

function where({ target, access }: Work<'repository'>): string {
  return `on ${target.settings.organization}/${access.repository}`
}

function requireOne({ target }: Work<'repository'>, roles: readonly string[]): string {
  const role = highest(roles)
  if (role) return role
  const message = `${target.resourceId}: an account has one role in a repository, and none of ${[...new Set(roles)].join(', ')} includes the others. Ask again when the other lease has ended.`
  throw new ConnectorError('conflict', message, { retryable: false })
}

function isSame({ access }: Work<'repository'>) {
  return ({ repository }: { repository: string }) =>
    repository.toLowerCase() === access.repository.toLowerCase()
}

/** Other live leases of a role in this repository. */
export function repositoryLeases(work: Work<'repository'>) {
  return othersHere(work, isSame(work))
}

function rolesOfOthers(work: Work<'repository'>): string[] {
  return repositoryLeases(work).map(({ access }) => access.role)
}

function roleBefore({ order: { before } }: Work<'repository'>): string[] {
  return typeof before?.role === 'string' ? [before.role] : []
}
