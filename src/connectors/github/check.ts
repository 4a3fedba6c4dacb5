import { z } from 'zod'
import type { Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { problemOfWorkflow } from './actions/runs.ts'
import type { GitHubAction } from './actions/schema.ts'
import type { ActivitySource } from './activity.ts'
import { mostReviewers, readEnvironment } from './environments.ts'
import { basePermission } from './organization.ts'
import { findRepository } from './repositories.ts'
import { builtInRoles, includes, mayLetIn, roleOf } from './roles.ts'
import { type Access, accessOf, type GitHubEntitlement } from './schema.ts'
import type { GitHub, Target } from './target.ts'
import { findTeam } from './teams.ts'

const installationSchema = z.object({
  repository_selection: z.string().optional(),
  suspended_at: z.string().nullish(),
  permissions: z.record(z.string(), z.unknown()),
  app_slug: z.string().optional(),
})
type Installation = z.output<typeof installationSchema>

/** Whether everything that the catalog offers here could be granted and taken away now. Changes nothing. */
export async function checkOrganization(
  target: Target,
  offers: ReadonlyMap<string, GitHubEntitlement>,
  actions: ReadonlyMap<string, GitHubAction>,
): Promise<Diagnosis> {
  const { organization, activity } = target.settings
  const accesses = [...offers.values()].map(accessOf)
  const app = await target.asApp((github) => installationOf(github))
  if ('problem' in app) return { ok: false, problems: [app.problem] }
  const installation = await target.asApp((github) =>
    github.read(installationSchema, '/orgs/{org}/installation'),
  )
  if (!installation) return { ok: false, problems: [notInstalled(app.slug, organization)] }
  if (installation.suspended_at) return { ok: false, problems: [suspended(organization)] }
  const lacking = lackingPermissions(installation, accesses, actions.size > 0, activity)
  if (lacking.length > 0) return { ok: false, problems: lacking }
  const problems = await target.operation(async (github) => [
    ...(await problemsOf(target, github, accesses)),
    ...(await problemsOfActions(github, actions)),
    ...(activity === 'audit-log' ? await problemsOfAuditLog(github) : []),
  ])
  if (problems.length > 0) return { ok: false, problems }
  const summary = `the app ${app.slug} is installed in ${organization} with every permission; ${offers.size} entitlements can be granted${actions.size === 0 ? '' : `, ${actions.size} actions can be run`}`
  return { ok: true, summary }
}

async function installationOf(github: GitHub): Promise<{ slug: string } | { problem: Problem }> {
  const app = await github.read(z.object({ slug: z.string().optional() }), '/app')
  if (app) return { slug: app.slug ?? 'of Daypass' }
  return {
    problem: {
      what: 'this is not the API of GitHub',
      remedy: 'Correct `apiUrl`: of GitHub Enterprise Server it ends with /api/v3.',
    },
  }
}

function notInstalled(app: string, organization: string): Problem {
  return {
    what: `the app ${app} is not installed in ${organization}`,
    remedy: 'Install it there, and correct `organization` if it was renamed.',
  }
}

function suspended(organization: string): Problem {
  return {
    what: `the installation of the app in ${organization} is suspended`,
    remedy: 'Let an owner of the organisation unsuspend it.',
  }
}

type Level = 'read' | 'write'

/** https://docs.github.com/rest/authentication/permissions-required-for-github-apps */
function neededPermissions(
  accesses: readonly Access[],
  hasActions: boolean,
  activity: ActivitySource | undefined,
): Map<string, Level> {
  const needed = new Map<string, Level>([['members', 'read']])
  for (const access of accesses) {
    if (access.kind === 'team') needed.set('members', 'write')
    else needed.set('administration', 'write').set('metadata', 'read')
    if (access.kind === 'environment') needed.set('actions', 'read')
    if (access.kind === 'repository' && mayLetIn(access.role))
      needed.set('repository_hooks', 'read').set('actions', 'read')
  }
  if (hasActions) needed.set('metadata', 'read').set('actions', 'write')
  if (activity === 'audit-log') needed.set('organization_administration', 'read')
  if (activity === 'events') needed.set('metadata', 'read')
  return needed
}

function lackingPermissions(
  { permissions }: Installation,
  accesses: readonly Access[],
  hasActions: boolean,
  activity: ActivitySource | undefined,
): Problem[] {
  return [...neededPermissions(accesses, hasActions, activity)].flatMap(([name, level]) => {
    const has = permissions[name]
    if (has === level || has === 'write' || has === 'admin') return []
    return {
      what: `the installation of the app lacks the permission ${name}: ${level}`,
      remedy: 'Add it in the settings of the app, and let an owner of the organisation accept the change.',
    }
  })
}

async function problemsOf(target: Target, github: GitHub, accesses: readonly Access[]): Promise<Problem[]> {
  const base = await basePermission(github)
  const found = new Map<string, Problem>()
  for (const access of accesses) {
    const problem =
      access.kind === 'team'
        ? await problemOfTeam(target, github, access.team)
        : await problemOfRepository(target, github, access, base)
    if (problem) found.set(problem.what, problem)
  }
  const { placeholder } = target.settings
  if (placeholder !== undefined) {
    const problem = await problemOfTeam(target, github, placeholder)
    if (problem) found.set(problem.what, { ...problem, remedy: 'Correct `placeholder` in the catalog.' })
  }
  return [...found.values()]
}

/** Only organisations of GitHub Enterprise show theirs. */
async function problemsOfAuditLog(github: GitHub): Promise<Problem[]> {
  const found = await github.read(z.array(z.unknown()), '/orgs/{org}/audit-log', { per_page: 1 })
  if (found) return []
  return [
    {
      what: 'GitHub shows no audit log of the organisation, which takes GitHub Enterprise',
      remedy: 'Write `activity: events`, or take `activity` out of the catalog.',
    },
  ]
}

async function problemsOfActions(
  github: GitHub,
  actions: ReadonlyMap<string, GitHubAction>,
): Promise<Problem[]> {
  const found = new Map<string, Problem>()
  const remedy = 'Correct `repository` and `workflow` of the action, or enable the workflow at GitHub.'
  for (const { repository, workflow } of actions.values()) {
    const what = await problemOfWorkflow(github, repository, workflow)
    if (what !== null) found.set(what, { what, remedy })
  }
  return [...found.values()]
}

const teamSchema = z.object({ name: z.string(), slug: z.string() })

async function problemOfTeam({ settings }: Target, github: GitHub, slug: string): Promise<Problem | null> {
  if (await findTeam(github, slug, null)) return null
  const what = `${settings.organization} has no team ${slug}`
  const all = await github.list(teamSchema, '/orgs/{org}/teams')
  const named = all.find(({ name }) => name.toLowerCase() === slug.toLowerCase())
  if (named) return { what, remedy: `It is the name of a team. Write its slug: ${named.slug}.` }
  return { what, remedy: 'Correct `team` in the catalog: it is the slug, as in the address of the team.' }
}

async function problemOfRepository(
  { settings }: Target,
  github: GitHub,
  access: Exclude<Access, { kind: 'team' }>,
  base: string | null,
): Promise<Problem | null> {
  const name = `${settings.organization}/${access.repository}`
  const repository = await findRepository(github, access.repository, null)
  if (!repository)
    return {
      what: `the app sees no repository ${name}`,
      remedy: 'Correct `repository` in the catalog, or add it to the installation of the app.',
    }
  if (repository.isArchived)
    return { what: `${name} is archived`, remedy: 'Unarchive it, or offer another one.' }
  if (access.kind === 'environment') return problemOfEnvironment(github, name, repository, access.environment)
  const isBuiltIn = builtInRoles.includes(access.role)
  const isBase = base !== null && base !== 'none' && includes(roleOf(base), access.role) === true
  if (!isBuiltIn || !isBase || settings.invite) return null
  return {
    what: `each member of ${settings.organization} has ${roleOf(base)} on ${name} by the base permission, so nobody can get ${access.role}`,
    remedy: 'Let an owner lower the base permission of the organisation, or offer a greater role.',
  }
}

async function problemOfEnvironment(
  github: GitHub,
  name: string,
  repository: Parameters<typeof readEnvironment>[1],
  environment: string,
): Promise<Problem | null> {
  const now = await readEnvironment(github, repository, environment)
  if (!now)
    return {
      what: `${name} has no environment ${environment}`,
      remedy: 'Correct `environment` in the catalog.',
    }
  const { length } = now.reviewers
  if (length === 0)
    return {
      what: `${environment} of ${name} has no required reviewers, so a lease would only make its deployments wait`,
      remedy: 'Add those who always review, for example a team.',
    }
  if (length < mostReviewers) return null
  return {
    what: `${environment} of ${name} has ${length} required reviewers, and GitHub takes no more`,
    remedy: 'Let a team review in place of some of them.',
  }
}
