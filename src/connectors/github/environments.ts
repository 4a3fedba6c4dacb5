import { z } from 'zod'
import type { Repository } from './repositories.ts'
import type { GitHub } from './target.ts'

const reviewerSchema = z.object({
  type: z.enum(['User', 'Team']),
  reviewer: z.object({ id: z.number(), login: z.string().optional(), slug: z.string().optional() }),
})
const ruleSchema = z.object({
  type: z.string(),
  wait_timer: z.number().optional(),
  prevent_self_review: z.boolean().optional(),
  reviewers: z.array(reviewerSchema).optional(),
})
const environmentSchema = z.object({
  protection_rules: z.array(ruleSchema).optional(),
  deployment_branch_policy: z
    .object({ protected_branches: z.boolean(), custom_branch_policies: z.boolean() })
    .nullish(),
  can_admins_bypass: z.boolean().optional(),
})

export interface Reviewer {
  readonly type: 'User' | 'Team'
  readonly id: number
  /** Login or slug. */
  readonly name: string
}

/** All that GitHub replaces when an environment is written. Custom protection rules and secrets are kept elsewhere. */
export interface Environment {
  readonly reviewers: readonly Reviewer[]
  readonly preventSelfReview: boolean
  readonly waitTimer: number
  readonly branches: { readonly protected_branches: boolean; readonly custom_branch_policies: boolean } | null
  /** Undefined: GitHub does not say. */
  readonly canAdminsBypass: boolean | undefined
}

/** https://docs.github.com/rest/deployments/environments#create-or-update-an-environment */
export const mostReviewers = 6

const path = '/repos/{owner}/{repo}/environments/{environment_name}'

/** The reviewers of all environments. */
export async function reviewersOf(
  github: GitHub,
  { at }: Repository,
): Promise<(Reviewer & { readonly environment: string })[]> {
  const named = environmentSchema.extend({ name: z.string() })
  const all = await github.list(named, '/repos/{owner}/{repo}/environments', {
    ...at,
    within: 'environments',
  })
  return all.flatMap((one) =>
    environmentOf(one).reviewers.map((reviewer) => ({ ...reviewer, environment: one.name })),
  )
}

/** Null: there is none. */
export async function readEnvironment(
  github: GitHub,
  { at }: Repository,
  environment_name: string,
): Promise<Environment | null> {
  const found = await github.read(environmentSchema, path, { ...at, environment_name })
  return found && environmentOf(found)
}

function environmentOf(found: z.output<typeof environmentSchema>): Environment {
  const rules = found.protection_rules ?? []
  const review = rules.find(({ type }) => type === 'required_reviewers')
  return {
    reviewers: (review?.reviewers ?? []).map(({ type, reviewer: { id, login, slug } }) => ({
      type,
      id,
      name: login ?? slug ?? String(id),
    })),
    preventSelfReview: review?.prevent_self_review ?? false,
    waitTimer: rules.find(({ type }) => type === 'wait_timer')?.wait_timer ?? 0,
    branches: found.deployment_branch_policy ?? null,
    canAdminsBypass: found.can_admins_bypass,
  }
}

/**
 * Writes all of it: what a call leaves out is removed. `can_admins_bypass` is not in GitHub's description, and is taken where it
 * is shown: https://github.com/google/go-github/pull/2727. It is sent only where it is not what GitHub takes for granted.
 */
export async function writeEnvironment(
  github: GitHub,
  { at }: Repository,
  environment_name: string,
  { reviewers, preventSelfReview, waitTimer, branches, canAdminsBypass }: Environment,
): Promise<void> {
  await github.change('PUT', path, {
    ...at,
    environment_name,
    wait_timer: waitTimer,
    prevent_self_review: preventSelfReview,
    reviewers: reviewers.map(({ type, id }) => ({ type, id })),
    deployment_branch_policy: branches,
    ...(canAdminsBypass === false && { can_admins_bypass: false }),
  })
}

export function isReviewer({ reviewers }: Environment, account: number): boolean {
  return reviewers.some(({ type, id }) => type === 'User' && id === account)
}
