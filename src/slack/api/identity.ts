import type { WebClient } from '@slack/web-api'

/** The app and workspace of the bot token. Payloads for another app or workspace are refused. */
export interface SlackIdentity {
  readonly teamId: string
  readonly appId: string
  readonly botId: string
  readonly botUserId: string
  /** Of the workspace, such as `https://acme.slack.com/`. Null: Slack does not tell it. */
  readonly url: string | null
  /** The scopes of the token. Empty when Slack does not tell them. */
  readonly scopes: readonly string[]
}

/** Asks Slack for the app of the token. Throws Slack's error; see `explainSlackError`. */
export async function identifySlackApp(client: WebClient): Promise<SlackIdentity> {
  const answer = await client.auth.test()
  const { team_id: teamId, user_id: botUserId, bot_id: botId, url = null, response_metadata } = answer
  if (!teamId || !botUserId || !botId)
    throw new Error('SLACK_BOT_TOKEN is not the token of a bot in one workspace')
  const { bot } = await client.bots.info({ bot: botId })
  if (!bot?.app_id) throw new Error('Slack does not say which app the bot token belongs to')
  return { teamId, appId: bot.app_id, botId, botUserId, url, scopes: response_metadata?.scopes ?? [] }
}
