import { setTimeout as pause } from 'node:timers/promises'
import type { IAM, IAMClientConfig } from '@aws-sdk/client-iam'
import type { Identitystore } from '@aws-sdk/client-identitystore'
import type { SSOAdmin } from '@aws-sdk/client-sso-admin'
import type { STS } from '@aws-sdk/client-sts'
import { ConnectorError } from '../../domain/connector.ts'
import { limited } from '../_shared/operation-limit.ts'
import { isThrottled, pauseOf, toConnectorError } from './errors.ts'
import type { AwsSettings } from './schema.ts'

/** AWS, as one resource reaches it. */
export interface Target {
  readonly resourceId: string
  readonly settings: AwsSettings
  /**
   * Runs the calls of one operation, bounded in time, on connections of its own. Every failure is a `ConnectorError`. A call that
   * is throttled is made again within seconds, or the error says when AWS wants to be asked again.
   */
  operation<T>(run: (aws: Aws) => Promise<T>): Promise<T>
}

/** Clients for one operation. They throw the SDK's errors. */
export interface Aws {
  sso(): Promise<SSOAdmin>
  store(): Promise<Identitystore>
  iam(): Promise<IAM>
  sts(): Promise<STS>
  /** The clock of AWS at its last answer, in whole seconds; ours before the first one. */
  now(): Date
  /** Waits before the same question is asked again: longer each time. Throws `timeout` where no time is left; `why` says for what. */
  wait(turn: number, why?: string): Promise<void>
  /** The error as a `ConnectorError` that names the call. */
  explain(error: unknown): ConnectorError
}

/** How often a throttled call is made again unless AWS says when, and how long a pause that AWS names is waited for here. */
const mostTries = 4
const longestPauseHere = 3

type Credentials = NonNullable<IAMClientConfig['credentials']>

export function openTarget(resourceId: string, settings: AwsSettings): Target {
  // One chain for all clients: it may ask a metadata service, or run a program.
  const chain: { credentials?: Credentials } = {}
  return {
    resourceId,
    settings,
    operation: async (run) => {
      const operation = openOperation(resourceId, settings, chain)
      try {
        return await limited(resourceId, settings.timeout, run(operation.aws))
      } catch (error) {
        throw operation.aws.explain(error)
      } finally {
        operation.end()
      }
    },
  }
}

function openOperation(resourceId: string, settings: AwsSettings, chain: { credentials?: Credentials }) {
  const clients: { destroy(): void }[] = []
  const actions = new WeakMap<object, string>()
  const over = new AbortController()
  const deadline = Date.now() + settings.timeout * 1_000
  let at: Date | null = null
  const config = () => ({
    region: settings.region,
    ...(settings.profile !== undefined && { profile: settings.profile }),
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    ...(chain.credentials && { credentials: chain.credentials }),
    // Nothing is sent twice behind our back.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: settings.timeout * 1_000 },
  })
  /** Every call of the client ends with the operation, tells the time, is made again if throttled, and names itself in errors. */
  const ready = <Client extends SSOAdmin | Identitystore | IAM | STS>(
    service: string,
    client: Client,
  ): Client => {
    clients.push(client)
    chain.credentials ??= client.config.credentials
    const { requestHandler } = client.config
    const handle = requestHandler.handle.bind(requestHandler)
    requestHandler.handle = async (...[request, options]: Parameters<typeof handle>) => {
      const answer = await handle(request, { ...options, abortSignal: over.signal })
      at = dateOf(answer.response) ?? at
      return answer
    }
    return new Proxy(client, {
      get: (_, key) => {
        const method: unknown = Reflect.get(client, key)
        if (typeof method !== 'function' || typeof key !== 'string' || key === 'destroy') return method
        return (...input: unknown[]) =>
          tryAgain(() => Promise.resolve(method.apply(client, input)), over.signal).catch(
            (error: unknown) => {
              if (error instanceof Error)
                actions.set(error, `${service}:${key.charAt(0).toUpperCase()}${key.slice(1)}`)
              throw error
            },
          )
      },
    })
  }
  const aws: Aws = {
    sso: once(async () => ready('sso', new (await import('@aws-sdk/client-sso-admin')).SSOAdmin(config()))),
    store: once(async () =>
      ready('identitystore', new (await import('@aws-sdk/client-identitystore')).Identitystore(config())),
    ),
    iam: once(async () => ready('iam', new (await import('@aws-sdk/client-iam')).IAM(config()))),
    sts: once(async () => ready('sts', new (await import('@aws-sdk/client-sts')).STS(config()))),
    now: () => at ?? new Date(),
    wait: async (turn, why = 'AWS does not show the change yet. The next attempt looks again.') => {
      const milliseconds = Math.min(3_000, 150 * 1.5 ** turn)
      if (Date.now() + milliseconds > deadline)
        throw new ConnectorError('timeout', `${resourceId}: ${why}`, { retryable: true })
      await pause(milliseconds, undefined, { signal: over.signal })
    },
    explain: (error) =>
      toConnectorError(resourceId, error, error instanceof Error ? actions.get(error) : undefined),
  }
  return {
    aws,
    end: () => {
      over.abort()
      for (const client of clients) client.destroy()
    },
  }
}

async function tryAgain<T>(call: () => Promise<T>, over: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    over.throwIfAborted()
    try {
      return await call()
    } catch (error) {
      const named = pauseOf(error)
      if (!isThrottled(error) || tries === mostTries || (named ?? 0) > longestPauseHere) throw error
      await pause(named === null ? 150 * 2 ** tries : named * 1_000, undefined, { signal: over })
    }
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make()
    return made
  }
}

/** The `Date` of an answer. */
function dateOf(response: unknown): Date | null {
  const headers =
    typeof response === 'object' && response !== null && 'headers' in response ? response.headers : null
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return null
  const date = new Date(String(headers.date))
  return Number.isNaN(date.getTime()) ? null : date
}
