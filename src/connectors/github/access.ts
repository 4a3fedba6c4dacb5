import type { AccessOrder, Evidence, Facts } from '../../domain/connector.ts'
import { contentNotUnderstood, noLogin, nothingGiven, requireLease } from '../_shared/membership.ts'
import { findAccount, hasLogin, knownId, requireAccount } from './accounts.ts'
import { beforeReview, grantReview, isReviewing, revokeReview, standingReview } from './environment.ts'
import type { Invitations } from './invitations.ts'
import { grantRepository, revokeRepository } from './repository.ts'
import { beforeRepository, hasRole, standingInRepository } from './repository-standing.ts'
import type { Reviewers } from './reviewers.ts'
import { accessOf, type GitHubEntitlement } from './schema.ts'
import type { Target } from './target.ts'
import { grantTeam, revokeTeam } from './team.ts'
import { beforeTeam, isInTeam, standingInTeam } from './team-standing.ts'
import type { Order } from './work.ts'

/** The organisation of a resource, for each operation of the connector. */
export interface Organization {
  readonly target: Target
  readonly invitations: Invitations
  readonly reviewers: Reviewers
}

export async function grant(
  { target, invitations, reviewers }: Organization,
  order: Order,
): Promise<Evidence> {
  if (!hasLogin(target, order)) throw noLogin(order)
  requireLease(order)
  return target.operation(async (github) => {
    const account = await requireAccount(target, github, order)
    const common = { target, github, invitations, order, account }
    const access = accessOf(order.content)
    switch (access.kind) {
      case 'team':
        return grantTeam({ ...common, access })
      case 'repository':
        return grantRepository({ ...common, access })
      case 'environment':
        return grantReview({ ...common, access }, reviewers)
    }
  })
}

export async function revoke(
  { target, invitations, reviewers }: Organization,
  order: AccessOrder<GitHubEntitlement | null>,
): Promise<Evidence> {
  if (!hasLogin(target, order)) return nothingGiven()
  const { content } = order
  if (content === null) throw contentNotUnderstood(order)
  return target.operation(async (github) => {
    const account = await findAccount(target, github, order)
    // Without a record of before nothing was given.
    if (account === null) return nothingGiven()
    const common = { target, github, invitations, order: { ...order, content }, account }
    const access = accessOf(content)
    switch (access.kind) {
      case 'team':
        return revokeTeam({ ...common, access })
      case 'repository':
        return revokeRepository({ ...common, access })
      case 'environment':
        return revokeReview({ ...common, access }, reviewers)
    }
  })
}

export async function standing({ target, invitations }: Organization, order: Order): Promise<string | null> {
  if (!hasLogin(target, order)) throw noLogin(order)
  return target.operation(async (github) => {
    const account = await requireAccount(target, github, order)
    const common = { target, github, invitations, order, account }
    const access = accessOf(order.content)
    switch (access.kind) {
      case 'team':
        return standingInTeam({ ...common, access })
      case 'repository':
        return standingInRepository({ ...common, access })
      case 'environment':
        return standingReview({ ...common, access })
    }
  })
}

export async function lookBefore({ target, invitations }: Organization, order: Order): Promise<Facts> {
  if (!hasLogin(target, order)) throw noLogin(order)
  return target.operation(async (github) => {
    const account = await requireAccount(target, github, order)
    const common = { target, github, invitations, order, account }
    const access = accessOf(order.content)
    switch (access.kind) {
      case 'team':
        return beforeTeam({ ...common, access })
      case 'repository':
        return beforeRepository({ ...common, access })
      case 'environment':
        return beforeReview({ ...common, access })
    }
  })
}

export async function isHeld({ target, invitations }: Organization, order: Order): Promise<boolean> {
  if (!hasLogin(target, order)) return false
  return target.operation(async (github) => {
    const access = accessOf(order.content)
    // Repositories list people by number. This is asked of each lease every few minutes, so a call less counts.
    const id = access.kind === 'team' ? null : knownId(order)
    const account = id === null ? await findAccount(target, github, order) : { id, login: null }
    if (account === null) return false
    const common = { target, github, invitations, order, account }
    switch (access.kind) {
      case 'team':
        return isInTeam({ ...common, access })
      case 'repository':
        return hasRole({ ...common, access })
      case 'environment':
        return isReviewing({ ...common, access })
    }
  })
}
