import { z } from 'zod'
import type { Facts } from '../../domain/connector.ts'
import { userSchema } from './accounts.ts'
import { reviewersOf } from './environments.ts'
import { toConnectorError } from './errors.ts'
import { cancel, directCollaborators, invitationsTo, type Repository } from './repositories.ts'
import { roleOf } from './roles.ts'
import type { GitHub } from './target.ts'
import type { Work } from './work.ts'

/** A way into a repository that an admin can make for others, and that does not end with the admin's own role. */
interface Door {
  /** It changes when the door becomes wider. */
  readonly id: string
  readonly name: string
}

const keySchema = z.object({
  id: z.number(),
  title: z.string(),
  read_only: z.boolean(),
  added_by: z.string().nullish(),
})
const hookSchema = z.object({ id: z.number() })
const teamSchema = z.object({ id: z.number(), slug: z.string(), permission: z.string() })
const runnerSchema = z.object({ id: z.number(), name: z.string() })
const forkSchema = z.object({ full_name: z.string(), owner: userSchema, created_at: z.string().nullish() })

const kinds: Readonly<Record<string, (github: GitHub, repository: Repository) => Promise<Door[]>>> = {
  collaborators: async (github, repository) =>
    (await directCollaborators(github, repository)).map(({ id, login, role }) => ({
      id: `${id}:${role}`,
      name: `the collaborator ${login} (${role})`,
    })),
  invitations: async (github, repository) =>
    (await invitationsTo(github, repository)).map(({ id, invitee, permissions }) => ({
      id: String(id),
      name: `an invitation to ${invitee?.login ?? 'somebody'} (${roleOf(permissions)})`,
    })),
  teams: async (github, { at }) =>
    (await github.list(teamSchema, '/repos/{owner}/{repo}/teams', at)).map(({ id, slug, permission }) => ({
      id: `${id}:${permission}`,
      name: `the team ${slug} (${roleOf(permission)})`,
    })),
  keys: async (github, { at }) =>
    (await github.list(keySchema, '/repos/{owner}/{repo}/keys', at)).map((key) => ({
      id: String(key.id),
      name: `the deploy key "${plain(key.title)}"${key.read_only ? '' : ' that can write'}${key.added_by ? `, added by ${key.added_by}` : ''}`,
    })),
  hooks: async (github, { at }) =>
    (await github.list(hookSchema, '/repos/{owner}/{repo}/hooks', at)).map(({ id }) => ({
      id: String(id),
      name: `the webhook ${id}`,
    })),
  reviewers: async (github, repository) =>
    (await reviewersOf(github, repository)).map(({ environment, type, id, name }) => ({
      id: `${environment}:${type}:${id}`,
      name: `the reviewer ${name} of ${plain(environment)}`,
    })),
  runners: async (github, { at }) =>
    (
      await github.list(runnerSchema, '/repos/{owner}/{repo}/actions/runners', { ...at, within: 'runners' })
    ).map(({ id, name }) => ({ id: String(id), name: `the runner "${plain(name)}"` })),
}

/** The doors that are there before the lease, for `before`. */
export async function doorsOf(github: GitHub, repository: Repository): Promise<Facts> {
  const found = await Promise.all(
    Object.entries(kinds).map(async ([kind, look]) => [
      `${kind}Before`,
      (await look(github, repository)).map(({ id }) => id),
    ]),
  )
  return { ...Object.fromEntries(found), visibility: repository.visibility }
}

export interface Doors {
  /** Sentences about what was closed. */
  readonly done: readonly string[]
  /** Sentences about what is open and was not before. */
  readonly remains: readonly string[]
}

/**
 * Cancels invitations that the holder sent, and names what else was opened during the lease. GitHub does not say who opened it, or
 * why, so people decide about the rest.
 */
export async function closeDoors(work: Work<'repository'>, repository: Repository): Promise<Doors> {
  try {
    return await compareDoors(work, repository)
  } catch (error) {
    // The role itself is taken away already. A permission that the app lost meanwhile must not make that look undone.
    const { code, message } = toConnectorError(error, work.target.resourceId)
    if (code !== 'permission') throw error
    return {
      done: [],
      remains: [`What was opened for others during the lease could not be compared. ${message}`],
    }
  }
}

async function compareDoors(work: Work<'repository'>, repository: Repository): Promise<Doors> {
  const cancelled = await cancelSent(work, repository)
  const [opened, forks] = [await openedSince(work, repository), await forksOf(work, repository)]
  const name = `${work.target.settings.organization}/${repository.name}`
  return {
    done:
      cancelled.length > 0
        ? [`Invitations that the holder had sent were cancelled: ${cancelled.join(', ')}.`]
        : [],
    remains: [
      ...(opened.length > 0
        ? [
            `Opened on ${name} during the lease, by the holder or by others: ${opened.join('; ')}. Remove what nobody needs.`,
          ]
        : []),
      ...(forks.length > 0 ? [`Forks that the holder made stay: ${forks.join(', ')}.`] : []),
    ],
  }
}

/** GitHub cancels them with the removal of a collaborator; this is for those that it left, and for a role that became less. */
async function cancelSent(
  { github, order, account }: Work<'repository'>,
  repository: Repository,
): Promise<string[]> {
  const before = order.before?.invitationsBefore
  if (!Array.isArray(before)) return []
  const known = new Set<unknown>(before)
  const sent = (await invitationsTo(github, repository)).filter(
    ({ id, inviter }) => inviter?.id === account.id && !known.has(String(id)),
  )
  for (const invitation of sent) await cancel(github, repository, invitation)
  return sent.map(({ invitee }) => invitee?.login ?? 'somebody')
}

async function openedSince(
  { github, order, account }: Work<'repository'>,
  repository: Repository,
): Promise<string[]> {
  const { before } = order
  if (!before) return []
  const opened: string[] = []
  for (const [kind, look] of Object.entries(kinds)) {
    const listed = before[`${kind}Before`]
    if (!Array.isArray(listed)) continue
    const known = new Set<unknown>(listed)
    const fresh = (await look(github, repository)).filter(
      ({ id }) => !known.has(id) && !(kind === 'collaborators' && id.startsWith(`${account.id}:`)),
    )
    opened.push(...fresh.map(({ name }) => name))
  }
  const wasHidden = typeof before.visibility === 'string' && before.visibility !== 'public'
  if (wasHidden && repository.visibility !== before.visibility)
    opened.push(`it is ${repository.visibility} now`)
  return opened
}

/** Forks are listed from the newest on. */
async function forksOf(
  { github, order, account }: Work<'repository'>,
  { at }: Repository,
): Promise<string[]> {
  const since = order.before?.since
  if (typeof since !== 'string') return []
  const forks = await github.list(forkSchema, '/repos/{owner}/{repo}/forks', { ...at, sort: 'newest' })
  return forks
    .filter(
      ({ owner, created_at }) =>
        owner.id === account.id && Date.parse(created_at ?? '') >= Date.parse(since) - 1_000,
    )
    .map(({ full_name }) => full_name)
}

function plain(text: string): string {
  return text
    .replace(/[^\p{L}\p{N}.,:_@/-]+/gu, ' ')
    .trim()
    .slice(0, 60)
}
