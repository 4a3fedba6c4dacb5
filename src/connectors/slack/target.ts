import type { WebClient } from '@slack/web-api'
import { limited } from '../_shared/operation-limit.ts'
import { type Fetch, onOwnConnections } from '../_shared/own-connections.ts'
import { readSecretFile } from '../_shared/settings.ts'
import { toConnectorError } from './errors.ts'
import type { SlackSettings } from './schema.ts'

/** The workspace of a resource. */
export interface Target {
  readonly resourceId: string
  readonly settings: SlackSettings
  /** Runs calls to Slack, bounded in time. Every failure is a `ConnectorError`. */
  operation<T>(run: (slack: WebClient) => Promise<T>): Promise<T>
}

export function openTarget(resourceId: string, settings: SlackSettings): Target {
  return {
    resourceId,
    settings,
    operation: (run) =>
      onOwnConnections((fetch) =>
        limited(
          resourceId,
          settings.timeout,
          openClient(resourceId, settings, fetch).then((slack) => run(slack)),
        ),
      ).catch((error) => Promise.reject(toConnectorError(error, resourceId))),
  }
}

async function openClient(
  resourceId: string,
  { token, tokenFile, apiUrl }: SlackSettings,
  fetch: Fetch,
): Promise<WebClient> {
  const { LogLevel, WebClient } = await import('@slack/web-api')
  const secret = tokenFile ? await readSecretFile(tokenFile, resourceId) : token
  const nothing = () => {}
  return new WebClient(secret, {
    slackApiUrl: `${apiUrl}/`,
    // Who revokes tries again, with the pause that Slack asks for.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    // The client's log lines hold the arguments of calls.
    logger: {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: nothing,
      setLevel: nothing,
      setName: nothing,
      getLevel: () => LogLevel.ERROR,
    },
    fetch: (url, { method, headers, body, signal } = {}) => {
      if (typeof body !== 'string') throw new Error('no method that is used here sends a file')
      return fetch(url, {
        body,
        ...(method && { method }),
        ...(headers && { headers }),
        ...(signal && { signal }),
      })
    },
  })
}
