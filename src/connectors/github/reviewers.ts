import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError } from '../../domain/connector.ts'
import { type MemberChange, openMemberQueues } from '../_shared/member-queue.ts'
import { userSchema } from './accounts.ts'
import {
  type Environment,
  isReviewer,
  mostReviewers,
  type Reviewer,
  readEnvironment,
  writeEnvironment,
} from './environments.ts'
import type { Repository } from './repositories.ts'
import type { GitHub, Target } from './target.ts'
import { findTeam } from './teams.ts'

/**
 * Reviewers of environments. GitHub takes whole lists only: changes of one environment are made one after the other, and those that
 * come together go together.
 */
export interface Reviewers {
  /** Adds the account or takes it out. Resolves with the reviewers when a read-back shows that. Null: the environment is gone. */
  set(
    repository: Repository,
    environment: string,
    account: number,
    isIn: boolean,
  ): Promise<Environment | null>
}

interface Place {
  readonly repository: Repository
  readonly environment: string
}

export function openReviewers(target: Target): Reviewers {
  const places = new Map<string, Place>()
  const change = openMemberQueues<Environment | null>((list, changes) => {
    const place = places.get(list)
    if (!place) throw new Error('no such list')
    return makeChanges(target, place, changes)
  })
  return {
    set: (repository, environment, account, isIn) => {
      const list = `${repository.id}/${environment}`
      places.set(list, { repository, environment })
      return change(list, { member: String(account), isIn })
    },
  }
}

/** Another writer may replace the list between our reading and our writing, and after it. So often it is met. */
const mostTries = 4

async function makeChanges(
  target: Target,
  place: Place,
  changes: readonly MemberChange[],
): Promise<Environment | null> {
  const { lookAgainAfter } = target.settings
  for (let tries = 0; tries < mostTries; tries += 1) {
    const { wrote, now } = await target.operation((github) => writeUntilRead(target, github, place, changes))
    if (!wrote || lookAgainAfter === 0) return now
    await pause(lookAgainAfter * 1_000)
  }
  throw changedBack(target, place, changes)
}

/** Whether it had to write: then somebody else may just be writing an older list. */
async function writeUntilRead(
  target: Target,
  github: GitHub,
  place: Place,
  changes: readonly MemberChange[],
): Promise<{ wrote: boolean; now: Environment | null }> {
  const { repository, environment } = place
  for (let writes = 0; ; writes += 1) {
    const now = await readEnvironment(github, repository, environment)
    if (now === null && changes.some(({ isIn }) => isIn)) throw noEnvironment(target, environment)
    if (now === null || changes.every(({ member, isIn }) => isReviewer(now, Number(member)) === isIn))
      return { wrote: writes > 0, now }
    if (writes === mostTries) throw changedBack(target, place, changes)
    const next = await nextReviewers(target, github, place, now, changes)
    await writeEnvironment(github, repository, environment, { ...now, reviewers: next })
  }
}

async function nextReviewers(
  target: Target,
  github: GitHub,
  { environment }: Place,
  now: Environment,
  changes: readonly MemberChange[],
): Promise<Reviewer[]> {
  const touched = new Map(changes.map(({ member, isIn }) => [Number(member), isIn]))
  const others = now.reviewers.filter(({ type, id }) => type === 'Team' || touched.get(id) !== false)
  const isThere = (account: number) => others.some(({ type, id }) => type === 'User' && id === account)
  const added = [...touched].filter(([account, isIn]) => isIn && !isThere(account))
  // Its deployments would begin to wait, for this person alone.
  if (now.reviewers.length === 0) throw unprotected(target, environment)
  const next = [...others, ...added.map(([id]) => ({ type: 'User' as const, id, name: String(id) }))]
  if (next.length > mostReviewers) throw full(target, environment)
  return next.length > 0 ? next : [await placeholder(target, github, environment, touched)]
}

/**
 * An environment without reviewers lets everybody deploy who can push, so the last one is replaced. An owner of the organisation
 * gets nothing by that: owners can do everything.
 */
async function placeholder(
  { resourceId, settings }: Target,
  github: GitHub,
  environment: string,
  touched: ReadonlyMap<number, boolean>,
): Promise<Reviewer> {
  const slug = settings.placeholder
  const team = slug === undefined ? null : await findTeam(github, slug, null)
  if (team) return { type: 'Team', id: team.id, name: team.slug }
  const owners = await github.list(userSchema, '/orgs/{org}/members', { role: 'admin' })
  const owner = owners.find(({ id }) => !touched.has(id))
  if (owner) return { type: 'User', id: owner.id, name: owner.login }
  const message = `${resourceId}: ${environment} would be left without required reviewers, so that everybody could deploy. Add another reviewer at GitHub.`
  throw new ConnectorError('still_present', message, { retryable: true })
}

export function unprotected({ resourceId }: Target, environment: string): ConnectorError {
  const message = `${resourceId}: ${environment} has no required reviewers, so a lease would only make its deployments wait. Add those who always review, then ask again.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

export function noEnvironment({ resourceId }: Target, environment: string): ConnectorError {
  const message = `${resourceId}: there is no environment ${environment}. Correct \`environment\` in the catalog.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

function full({ resourceId }: Target, environment: string): ConnectorError {
  const message = `${resourceId}: ${environment} has ${mostReviewers} required reviewers, and GitHub takes no more. Let a team review in place of some of them, then ask again.`
  return new ConnectorError('conflict', message, { retryable: false })
}

function changedBack(
  { resourceId }: Target,
  { environment }: Place,
  changes: readonly MemberChange[],
): ConnectorError {
  const isRemoval = changes.some(({ isIn }) => !isIn)
  const message = `${resourceId}: the reviewers of ${environment} are not as they were written. Somebody else writes them too, or an account may not read the repository.`
  return new ConnectorError(isRemoval ? 'still_present' : 'conflict', message, { retryable: true })
}
