import { setTimeout } from 'node:timers/promises'
import type { WebClient } from '@slack/web-api'
import type { SlackAccount } from '../../domain/account.ts'
import type { Clock } from '../../domain/ports.ts'
import { explainSlackError } from './slack-error.ts'
import { accountFrom, userAnswer } from './slack-user.ts'

/** Slack advises no more than 200: https://docs.slack.dev/reference/methods/users.list */
const pageSize = 200

/** All accounts of the workspace, deactivated ones and bots included. Waits where Slack limits the rate of calls. */
export async function listMembers(client: WebClient, teamId: string, clock: Clock): Promise<SlackAccount[]> {
  const found: SlackAccount[] = []
  let cursor: string | undefined
  do {
    const page = await listPage(client, cursor)
    for (const member of page.members ?? [])
      found.push(accountFrom(userAnswer.parse(member), teamId, clock.now()))
    cursor = page.response_metadata?.next_cursor || undefined
  } while (cursor)
  return found
}

async function listPage(client: WebClient, cursor: string | undefined) {
  for (;;) {
    try {
      return await client.users.list({ limit: pageSize, ...(cursor ? { cursor } : {}) })
    } catch (error) {
      const { retryAfterSeconds } = explainSlackError(error)
      if (retryAfterSeconds === null) throw error
      await setTimeout(retryAfterSeconds * 1000)
    }
  }
}
