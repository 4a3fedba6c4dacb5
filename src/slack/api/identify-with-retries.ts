import type { Logger } from 'pino'
import { StartupRefused } from '../../domain/startup-refused.ts'
import type { SlackClients } from './clients.ts'
import { identifySlackApp, type SlackIdentity } from './identity.ts'
import { explainSlackError } from './slack-error.ts'

const longestPauseMs = 30_000

/**
 * Waits for Slack at the start: leases end without Slack, so the process must not exit. Throws `StartupRefused` when Slack
 * refuses the token.
 */
export async function identifyWithRetries({ background }: SlackClients, log: Logger): Promise<SlackIdentity> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await identifySlackApp(background)
    } catch (error) {
      const { retryable, message, code } = explainSlackError(error)
      if (!retryable) throw new StartupRefused(`Slack refuses the bot token (${code}). ${message}`)
      log.warn({ code, attempt }, 'Slack does not answer auth.test; Daypass tries again')
      await new Promise((resolve) => setTimeout(resolve, Math.min(longestPauseMs, 500 * 2 ** attempt)))
    }
  }
}
