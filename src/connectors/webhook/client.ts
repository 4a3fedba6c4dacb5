import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { Agent, buildConnector } from 'undici'
import { addressRule, lookupOnly, type Resolve } from '../../addresses.ts'
import { ConnectorError } from '../../domain/connector.ts'
import { toConnectorError } from './errors.ts'
import type { WebhookSettings } from './schema.ts'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Posts to the receiver. Follows no redirect, and reads no more than one mebibyte of an answer. */
export interface Client {
  /** Throws `ConnectorError`. */
  post(url: URL, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<Reply>
  close(): Promise<void>
}

/** An answer has a few words, a list a line of about 80 characters for each lease. */
const longestAnswer = 1_048_576

export function openClient(
  resourceId: string,
  settings: Pick<WebhookSettings, 'allowAddresses' | 'caFile' | 'timeout'>,
  resolve?: Resolve,
): Client {
  const isRefused = addressRule(settings.allowAddresses)
  let agent: Promise<Agent> | null = null
  const open = async (): Promise<Agent> => {
    const { Agent, buildConnector } = await import('undici')
    const timeout = settings.timeout * 1000
    const connect: buildConnector.connector = (target, callback) => {
      const problem = isIP(target.hostname) === 0 ? null : isRefused(target.hostname)
      if (problem !== null) return callback(refused(resourceId, problem), null)
      trustedBy(resourceId, settings.caFile).then(
        (ca) =>
          buildConnector({
            timeout,
            lookup: lookupOnly(isRefused, (problem) => refused(resourceId, problem), resolve),
            ...ca,
          })(target, callback),
        (error: Error) => callback(error, null),
      )
    }
    return new Agent({
      connect,
      // A connection for each call: so each one is resolved and examined, and none breaks because it was idle too long.
      pipelining: 0,
      maxResponseSize: longestAnswer,
      headersTimeout: timeout,
      bodyTimeout: timeout,
    })
  }
  return {
    async post(url, headers, body, signal) {
      agent ??= open()
      try {
        const options = { method: 'POST', path: `${url.pathname}${url.search}`, origin: url.origin } as const
        const reply = await (await agent).request({ ...options, headers, body, signal })
        return { status: reply.statusCode, headers: reply.headers, body: await reply.body.text() }
      } catch (error) {
        throw toConnectorError(error, resourceId, settings.timeout)
      }
    },
    async close() {
      const opened = agent
      agent = null
      await (await opened)?.close()
    },
  }
}

function refused(resourceId: string, problem: string): ConnectorError {
  const message = `${resourceId}: ${problem}, and such hosts are not called. If it is the receiver, name its address in \`allowAddresses\`.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

/** Read at each connection, so that the file can be replaced. */
async function trustedBy(resourceId: string, caFile: string | undefined): Promise<{ ca?: string }> {
  if (caFile === undefined) return {}
  try {
    return { ca: await readFile(caFile, 'utf8') }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    const message = `${resourceId}: the file ${caFile} cannot be read (${code}). Put the CA of the receiver there.`
    throw new ConnectorError('misconfigured', message, { retryable: true, cause: error })
  }
}
