import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { SlackAccount } from '../../domain/account.ts'
import { type Directory, DirectoryUnavailable } from '../../domain/directory.ts'
import type { Clock } from '../../domain/ports.ts'
import { createTtlCache, type TtlCacheOptions } from '../../ttl-cache.ts'
import { explainSlackError } from './slack-error.ts'
import { accountFrom, userAnswer } from './slack-user.ts'

export interface DirectoryOptions extends Pick<TtlCacheOptions, 'monotonicMs'> {
  readonly client: WebClient
  /** The workspace of the bot. Accounts of other workspaces are strangers. */
  readonly teamId: string
  readonly clock: Clock
  readonly logger: Logger
}

/** A directory whose remembered answers Slack's events can drop. */
export type SlackDirectory = Directory & {
  forgetAccount(userId: string): void
  forgetGroups(): void
}

/** The oldest user groups that are used while Slack limits calls to 20 a minute: https://docs.slack.dev/apis/web-api/rate-limits */
const oldestGroupsSeconds = 600
/** One call fetches all groups. */
const allGroups = 'all'

/** Accounts and user groups from Slack. Each caller says how old an answer may be; simultaneous callers share one call. */
export function createDirectory(options: DirectoryOptions): SlackDirectory {
  const { client, teamId, clock, logger, monotonicMs } = options
  const accounts = createTtlCache((userId) => fetchAccount(client, teamId, userId, clock.now()), {
    monotonicMs,
  })
  const groups = createTtlCache(() => fetchGroups(client), { monotonicMs })

  async function groupMembers(groupId: string, { maxAgeSeconds }: { maxAgeSeconds: number }) {
    try {
      return (await groups.get(allGroups, maxAgeSeconds)).get(groupId) ?? null
    } catch (error) {
      const old =
        explainSlackError(error).code === 'ratelimited' ? groups.peek(allGroups, oldestGroupsSeconds) : null
      if (!old) throw unavailable(error, `the user group ${groupId}`)
      logger.warn(
        { groupId, ageSeconds: old.ageSeconds },
        'Slack limits the rate of calls, so Daypass uses the remembered members of the group',
      )
      return old.value.get(groupId) ?? null
    }
  }

  return {
    groupMembers,
    async account(userId, { maxAgeSeconds }) {
      try {
        return await accounts.get(userId, maxAgeSeconds)
      } catch (error) {
        throw unavailable(error, `the user ${userId}`)
      }
    },
    forgetAccount: accounts.forget,
    forgetGroups: () => groups.forget(allGroups),
  }
}

function unavailable(error: unknown, what: string): DirectoryUnavailable {
  return new DirectoryUnavailable(`Slack did not answer about ${what}: ${explainSlackError(error).message}`, {
    cause: error,
  })
}

async function fetchAccount(
  client: WebClient,
  teamId: string,
  userId: string,
  fetchedAt: Date,
): Promise<SlackAccount | null> {
  try {
    const { user } = await client.users.info({ user: userId })
    return accountFrom(userAnswer.parse(user), teamId, fetchedAt)
  } catch (error) {
    const { code } = explainSlackError(error)
    if (code === 'user_not_found' || code === 'user_not_visible') return null
    throw error
  }
}

/** Members of every user group that is not disabled, by the group's id. */
async function fetchGroups(client: WebClient): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { usergroups = [] } = await client.usergroups.list({ include_users: true })
  return new Map(usergroups.map(({ id, users }) => [id ?? '', new Set(users ?? [])]))
}
