import type { Facts } from '../../domain/connector.ts'
import type { LiveAccount } from './accounts.ts'
import { doorsOf } from './doors.ts'
import { organizationBefore } from './organization.ts'
import {
  directAccess,
  directCollaborators,
  effectiveRole,
  findRepository,
  type Repository,
  requireRepository,
} from './repositories.ts'
import { repositoryLeases } from './repository.ts'
import { includes, mayLetIn } from './roles.ts'
import { sourcesOf } from './sources.ts'
import type { Work } from './work.ts'

/** What the account has already, as a sentence. */
export async function standingInRepository(work: Work<'repository', LiveAccount>): Promise<string | null> {
  const { target, github, access, account } = work
  const repository = await requireRepository(work)
  const on = `on ${target.settings.organization}/${repository.name}`
  const sources = await sourcesOf(target, github, repository, account)
  const enough = sources.find(({ role }) => includes(role, access.role) === true)
  if (enough) return `${account.login} has the role ${enough.role} ${on} already, ${enough.how}.`
  if (repositoryLeases(work).length > 0) return null
  const { collaborator, invitations } = await directAccess(github, repository, account)
  if (invitations.length > 0) return `${account.login} is invited to ${repository.name} already.`
  const role = collaborator?.role ?? (await effectiveRole(github, repository, account))
  // Where two roles cannot be compared, the former one could not be put back for certain.
  if (role === null || includes(access.role, role) === false) return role && already(account, role, on)
  if (role === access.role || (collaborator && includes(access.role, role) === null))
    return already(account, role, on)
  // The former role is put back at the end, so it must be known: GitHub shows the highest of all sources.
  return collaborator && (await isHidden(work, repository, role)) ? already(account, role, on) : null
}

function already({ login }: LiveAccount, role: string, on: string): string {
  return `${login} has the role ${role} ${on} already.`
}

async function isHidden(
  { target, github, account }: Work<'repository'>,
  repository: Repository,
  role: string,
): Promise<boolean> {
  const sources = await sourcesOf(target, github, repository, account)
  return role !== 'pull' && sources.some((source) => source.role === role)
}

export async function beforeRepository(work: Work<'repository', LiveAccount>): Promise<Facts> {
  const { github, order, access, account } = work
  const repository = await requireRepository(work)
  const others = repositoryLeases(work)
  const known = others.find(({ before }) => before?.repository === repository.id)?.before
  const { collaborator } = await directAccess(github, repository, account)
  // A role that another lease gave is none that the person had before.
  const role = others.length > 0 ? (known?.role ?? null) : (collaborator?.role ?? null)
  return {
    account: account.id,
    repository: repository.id,
    role,
    since: github.now().toISOString(),
    ...(await organizationBefore(github, order, account)),
    ...(mayLetIn(access.role) && (await doorsOf(github, repository))),
  }
}

export async function hasRole({ github, order, access, account }: Work<'repository'>): Promise<boolean> {
  const repositoryId = order.before?.repository ?? order.given?.repository
  const repository = await findRepository(github, access.repository, repositoryId)
  if (!repository) return false
  const collaborators = await directCollaborators(github, repository)
  return collaborators.some(({ id, role }) => id === account.id && includes(role, access.role) !== false)
}
