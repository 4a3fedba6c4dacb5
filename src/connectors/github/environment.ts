import { ConnectorError, type Evidence, type Facts } from '../../domain/connector.ts'
import { membershipSentence } from '../_shared/membership.ts'
import type { LiveAccount } from './accounts.ts'
import { type Environment, isReviewer, readEnvironment } from './environments.ts'
import { leaveOrganization, organizationBefore } from './organization.ts'
import {
  effectiveRole,
  findRepository,
  goneRepository,
  type Repository,
  repositoryToLeave,
  requireRepository,
  unarchivedFor,
} from './repositories.ts'
import { noEnvironment, type Reviewers, unprotected } from './reviewers.ts'
import { teamMembership } from './teams.ts'
import { nameOf, othersHere, type Work } from './work.ts'

export async function grantReview(
  work: Work<'environment', LiveAccount>,
  reviewers: Reviewers,
): Promise<Evidence> {
  const { target, github, access, account } = work
  const repository = await requireRepository(work)
  if ((await effectiveRole(github, repository, account)) === null) {
    const message = `${target.resourceId}: ${account.login} cannot read ${repository.name}, and GitHub takes only reviewers who can. Give the person a role there first.`
    throw new ConnectorError('conflict', message, { retryable: false })
  }
  const now = await reviewers.set(repository, access.environment, account.id, true)
  return evidenceOf(work, repository, now, [])
}

/** Takes the reviewer out, unless another lease gives the same. That one is then given again where it is missing. */
export async function revokeReview(work: Work<'environment'>, reviewers: Reviewers): Promise<Evidence> {
  const { target, github, order, access, account } = work
  const repository = await repositoryToLeave(work)
  if (!repository) return goneRepository(work)
  const keptBy = othersHere(work, isSame(work)).map(({ grantId }) => grantId)
  const now = await unarchivedFor(github, await asNeeded(work, repository), () =>
    reviewers.set(repository, access.environment, account.id, keptBy.length > 0),
  )
  await leaveOrganization(target, github, order, account)
  const evidence = evidenceOf(work, repository, now, keptBy)
  const team = now && (await teamOf(work, now))
  const remains = `${nameOf(account)} can still review as a member of the team ${team}.`
  return { ...evidence, ...(team && { remains }) }
}

/** Where there is nothing to take away, an archived repository is left as it is. */
async function asNeeded(
  { github, access, account }: Work<'environment'>,
  repository: Repository,
): Promise<Repository> {
  if (!repository.isArchived) return repository
  const now = await readEnvironment(github, repository, access.environment)
  return now && isReviewer(now, account.id) ? repository : { ...repository, isArchived: false }
}

/** What the account has already, as a sentence. */
export async function standingReview(work: Work<'environment', LiveAccount>): Promise<string | null> {
  const { target, github, access, account } = work
  const repository = await requireRepository(work)
  const now = await readEnvironment(github, repository, access.environment)
  if (now === null) throw noEnvironment(target, access.environment)
  if (now.reviewers.length === 0) throw unprotected(target, access.environment)
  const team = await teamOf(work, now)
  if (team !== null)
    return `${account.login} reviews ${access.environment} already, as a member of the team ${team}.`
  if (othersHere(work, isSame(work)).length > 0 || !isReviewer(now, account.id)) return null
  return membershipSentence(account.login, `the reviewers of ${access.environment}`, true)
}

export async function beforeReview(work: Work<'environment', LiveAccount>): Promise<Facts> {
  const { github, order, account } = work
  const { id } = await requireRepository(work)
  return { account: account.id, repository: id, ...(await organizationBefore(github, order, account)) }
}

export async function isReviewing({ github, order, access, account }: Work<'environment'>): Promise<boolean> {
  const id = order.before?.repository ?? order.given?.repository
  const repository = await findRepository(github, access.repository, id)
  const now = repository && (await readEnvironment(github, repository, access.environment))
  return now !== null && isReviewer(now, account.id)
}

/** A team of reviewers in which the account is. */
async function teamOf(
  { github, account }: Work<'environment'>,
  { reviewers }: Environment,
): Promise<string | null> {
  for (const { type, id, name } of reviewers) {
    if (type !== 'Team') continue
    if ((await teamMembership(github, { id, slug: name }, account))?.state === 'active') return name
  }
  return null
}

function isSame({ access }: Work<'environment'>) {
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
  return (other: { repository: string; environment: string }) =>
    same(other.repository, access.repository) && same(other.environment, access.environment)
}

function evidenceOf(
  { target, github, account, access }: Work<'environment'>,
  repository: Repository,
  now: Environment | null,
  keptBy: readonly string[],
): Evidence {
  const isIn = now !== null && isReviewer(now, account.id)
  const of = `${access.environment} of ${target.settings.organization}/${access.repository}`
  const why = keptBy.length > 0 ? ', because another lease gives it' : ''
  const gone = now === null ? ' The environment is not there any more.' : ''
  return {
    readAt: github.now(),
    summary: `${nameOf(account)} ${isIn ? 'is' : 'is no'}${isIn ? ' a' : ''} required reviewer of ${of}${why}.${gone}`,
    facts: {
      account: account.id,
      login: account.login,
      repository: repository.id,
      reviewers: (now?.reviewers ?? []).map(({ type, name }) => `${type} ${name}`),
      member: isIn,
      ...(keptBy.length > 0 && { keptBy }),
    },
  }
}
