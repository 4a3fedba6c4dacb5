import { z } from 'zod'
import { ConnectorError, type Evidence } from '../../domain/connector.ts'
import { type Account, userSchema } from './accounts.ts'
import { roleOf } from './roles.ts'
import type { GitHub } from './target.ts'
import { nameOf, type Work } from './work.ts'

const repositorySchema = z.object({
  id: z.number(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  visibility: z.string().optional(),
  private: z.boolean(),
  archived: z.boolean().optional(),
})
const installationSchema = z.object({ repository_selection: z.string().optional() })

export interface Repository {
  readonly id: number
  readonly name: string
  /** The path of its calls: `owner` and `repo`. */
  readonly at: { readonly owner: string; readonly repo: string }
  readonly visibility: string
  readonly isArchived: boolean
}

/**
 * The repository of this name; where its id is known, the repository of this id, whatever its name is now: its admin can rename it,
 * and give the name to another one. Null: the app does not see it.
 */
export async function findRepository(github: GitHub, name: string, id: unknown): Promise<Repository | null> {
  const named = await github.read(repositorySchema, '/repos/{owner}/{repo}', { repo: name })
  if (named && (typeof id !== 'number' || named.id === id)) return repositoryOf(named)
  if (typeof id !== 'number') return null
  const all = await github.list(repositorySchema, '/installation/repositories', { within: 'repositories' })
  const known = all.find((repository) => repository.id === id)
  return known ? repositoryOf(known) : null
}

function repositoryOf({
  id,
  name,
  owner,
  visibility,
  private: isPrivate,
  archived,
}: z.output<typeof repositorySchema>) {
  return {
    id,
    name,
    at: { owner: owner.login, repo: name },
    visibility: visibility ?? (isPrivate ? 'private' : 'public'),
    isArchived: archived === true,
  }
}

type OnRepository = Work<'repository'> | Work<'environment'>

export async function requireRepository({
  target,
  github,
  order,
  access,
}: OnRepository): Promise<Repository> {
  const repository = await findRepository(github, access.repository, order.before?.repository)
  const { organization } = target.settings
  const refused = (problem: string) =>
    new ConnectorError('misconfigured', `${target.resourceId}: ${problem}`, { retryable: false })
  if (!repository)
    throw refused(
      `the app sees no repository ${organization}/${access.repository}. Correct \`repository\` in the catalog, or add it to the installation of the app.`,
    )
  if (repository.isArchived)
    throw refused(
      `${organization}/${repository.name} is archived, so access to it cannot be changed. Unarchive it.`,
    )
  return repository
}

/**
 * The repository whose access is taken away. Null: it is gone from the organisation. One that the app only does not see may be
 * there, and its access too.
 */
export async function repositoryToLeave({
  target,
  github,
  order,
  access,
}: OnRepository): Promise<Repository | null> {
  const id = order.before?.repository ?? order.given?.repository
  const repository = await findRepository(github, access.repository, id)
  // Before the first look nothing was given.
  if (repository || typeof id !== 'number') return repository
  const { organization } = target.settings
  const installation = await target.asApp((app) => app.read(installationSchema, '/orgs/{org}/installation'))
  if (installation?.repository_selection === 'all') return null
  const message = `${target.resourceId}: the app does not see ${organization}/${access.repository} any more. Add it to the installation of the app again, or install the app for all repositories, so that a deleted one can be told from one that is hidden.`
  throw new ConnectorError('still_present', message, { retryable: true })
}

export function goneRepository(work: OnRepository): Evidence {
  const { account, access, target, github } = work
  const name = `${target.settings.organization}/${access.repository}`
  return {
    readAt: github.now(),
    summary: `The repository ${name} is not in ${target.settings.organization} any more, so ${nameOf(account)} has nothing there.`,
    facts: { account: account.id, login: account.login, repository: null, member: false },
    remains: `If ${name} was transferred, its new owner decides who has access.`,
  }
}

/**
 * Makes a change in a repository that may have been archived during the lease, and archives it again. Its admin can archive it, and
 * an archived repository takes no changes of access.
 */
export async function unarchivedFor<T>(
  github: GitHub,
  repository: Repository,
  change: () => Promise<T>,
): Promise<T> {
  if (!repository.isArchived) return change()
  const setArchived = (archived: boolean) =>
    github.change('PATCH', '/repos/{owner}/{repo}', { ...repository.at, archived })
  await setArchived(false)
  try {
    return await change()
  } finally {
    await setArchived(true)
  }
}

const collaboratorSchema = userSchema.extend({ role_name: z.string() })
const invitationSchema = z.object({
  id: z.number(),
  invitee: userSchema.nullish(),
  inviter: userSchema.nullish(),
  permissions: z.string(),
  expired: z.boolean().optional(),
  html_url: z.string(),
})
export type Invitation = z.output<typeof invitationSchema>

/** Accounts that the repository itself names. The role of each is the highest that it has, from whatever source. */
export async function directCollaborators(github: GitHub, { at }: Repository) {
  const path = '/repos/{owner}/{repo}/collaborators'
  const found = await github.list(collaboratorSchema, path, { ...at, affiliation: 'direct' })
  return found.map(({ id, login, role_name }) => ({ id, login, role: roleOf(role_name) }))
}

export function invitationsTo(github: GitHub, { at }: Repository): Promise<Invitation[]> {
  return github.list(invitationSchema, '/repos/{owner}/{repo}/invitations', at)
}

export function cancel(github: GitHub, { at }: Repository, { id }: Invitation) {
  return github.change('DELETE', '/repos/{owner}/{repo}/invitations/{invitation_id}', {
    ...at,
    invitation_id: id,
  })
}

/** What the repository itself gives to the account, found by its id. */
export async function directAccess(github: GitHub, repository: Repository, { id }: Account) {
  const [collaborators, invitations] = await Promise.all([
    directCollaborators(github, repository),
    invitationsTo(github, repository),
  ])
  return {
    collaborator: collaborators.find((one) => one.id === id) ?? null,
    invitations: invitations.filter(({ invitee }) => invitee?.id === id),
  }
}

const permissionSchema = z.object({ permission: z.string(), role_name: z.string() })

/** The highest role of the account, from whatever source. Null: none. */
export async function effectiveRole(
  github: GitHub,
  { at }: Repository,
  { login }: Account,
): Promise<string | null> {
  if (login === null) return null
  const path = '/repos/{owner}/{repo}/collaborators/{username}/permission'
  const found = await github.read(permissionSchema, path, { ...at, username: login })
  return !found || found.permission === 'none' ? null : roleOf(found.role_name)
}
