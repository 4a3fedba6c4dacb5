import { setMaxListeners } from 'node:events'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import type { CloudTrail } from '@aws-sdk/client-cloudtrail'
import type { IAM, IAMClientConfig } from '@aws-sdk/client-iam'
import type { Identitystore } from '@aws-sdk/client-identitystore'
import type { Lambda } from '@aws-sdk/client-lambda'
import type { SSM } from '@aws-sdk/client-ssm'
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
   * Runs the calls of one operation, bounded in time: by `timeout` of the settings, or by so many seconds. Every failure is a
   * `ConnectorError`. A call that is throttled is made again within seconds, or the error says when AWS wants to be asked again.
   */
  operation<T>(run: (aws: Aws) => Promise<T>, seconds?: number): Promise<T>
  close(): Promise<void>
}

/** Clients for one operation. They throw the SDK's errors. */
export interface Aws {
  sso(): Promise<SSOAdmin>
  store(): Promise<Identitystore>
  iam(): Promise<IAM>
  sts(): Promise<STS>
  ssm(): Promise<SSM>
  lambda(): Promise<Lambda>
  trail(): Promise<CloudTrail>
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

/** In milliseconds. A connection that is idle for longer may have been closed by AWS. */
const longestIdle = 5_000

/** Calls of one process at a time; more wait for their turn. */
const mostConnections = 16

type Client = SSOAdmin | Identitystore | IAM | STS | SSM | Lambda | CloudTrail

export function openTarget(resourceId: string, settings: AwsSettings): Target {
  const clients = openClients(settings)
  return {
    resourceId,
    settings,
    operation: async (run, seconds = settings.timeout) => {
      const operation = openOperation(resourceId, seconds, clients)
      try {
        return await limited(resourceId, seconds, run(operation.aws))
      } catch (error) {
        throw operation.aws.explain(error)
      } finally {
        operation.end()
      }
    },
    close: clients.close,
  }
}

/** Clients of all operations. They share one chain of credentials, which may run a program. */
function openClients(settings: AwsSettings) {
  const opened: Client[] = []
  const answered = new WeakMap<object, (at: Date) => void>()
  let credentials: IAMClientConfig['credentials']
  const keeping = { keepAlive: true, maxSockets: mostConnections, timeout: longestIdle }
  const [httpAgent, httpsAgent] = [new HttpAgent(keeping), new HttpsAgent(keeping)]
  let running = 0
  const config = (longestCall = settings.timeout * 1_000) => ({
    region: settings.region,
    ...(settings.profile !== undefined && { profile: settings.profile }),
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    ...(credentials && { credentials }),
    // Nothing is sent twice behind our back.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: longestCall,
      httpAgent,
      httpsAgent,
    },
  })
  /** Tells the time of each answer to the operation that asked. */
  const ready = <One extends Client>(client: One): One => {
    opened.push(client)
    credentials ??= client.config.credentials
    const { requestHandler } = client.config
    const handle = requestHandler.handle.bind(requestHandler)
    requestHandler.handle = async (...[request, options = {}]: Parameters<typeof handle>) => {
      const answer = await handle(request, options)
      const at = dateOf(answer.response)
      // The signal is that of the operation.
      if (at && 'abortSignal' in options && options.abortSignal) answered.get(options.abortSignal)?.(at)
      return answer
    }
    return client
  }
  return {
    answered,
    /** Connections are kept from one call to the next. An operation after a pause meets none that broke while nobody used it. */
    begin: () => {
      running += 1
      return () => {
        running -= 1
        if (running > 0) return
        httpAgent.destroy()
        httpsAgent.destroy()
      }
    },
    sso: once(async () => ready(new (await import('@aws-sdk/client-sso-admin')).SSOAdmin(config()))),
    store: once(async () =>
      ready(new (await import('@aws-sdk/client-identitystore')).Identitystore(config())),
    ),
    iam: once(async () => ready(new (await import('@aws-sdk/client-iam')).IAM(config()))),
    sts: once(async () => ready(new (await import('@aws-sdk/client-sts')).STS(config()))),
    ssm: once(async () => ready(new (await import('@aws-sdk/client-ssm')).SSM(config()))),
    trail: once(async () => ready(new (await import('@aws-sdk/client-cloudtrail')).CloudTrail(config()))),
    // The operation bounds the call of a function.
    lambda: once(async () => ready(new (await import('@aws-sdk/client-lambda')).Lambda(config(0)))),
    close: async () => {
      for (const client of opened) client.destroy()
    },
  }
}

function openOperation(resourceId: string, seconds: number, clients: ReturnType<typeof openClients>) {
  const actions = new WeakMap<object, string>()
  const over = new AbortController()
  setMaxListeners(0, over.signal)
  const done = clients.begin()
  const deadline = Date.now() + seconds * 1_000
  let now: Date | null = null
  clients.answered.set(over.signal, (at) => {
    now = at
  })
  /** Every call of the client ends with the operation, is made again if throttled, and names itself in errors. */
  const ofOperation = <One extends Client>(service: string, client: One): One =>
    new Proxy(client, {
      get: (_, key) => {
        const method: unknown = Reflect.get(client, key)
        if (typeof method !== 'function' || typeof key !== 'string') return method
        return (input: unknown) =>
          tryAgain(
            () => Promise.resolve(method.call(client, input, { abortSignal: over.signal })),
            over.signal,
          ).catch((error: unknown) => {
            if (error instanceof Error) actions.set(error, `${service}:${nameOfRight(key)}`)
            throw error
          })
      },
    })
  const aws: Aws = {
    sso: async () => ofOperation('sso', await clients.sso()),
    store: async () => ofOperation('identitystore', await clients.store()),
    iam: async () => ofOperation('iam', await clients.iam()),
    sts: async () => ofOperation('sts', await clients.sts()),
    ssm: async () => ofOperation('ssm', await clients.ssm()),
    lambda: async () => ofOperation('lambda', await clients.lambda()),
    trail: async () => ofOperation('cloudtrail', await clients.trail()),
    now: () => now ?? new Date(),
    wait: async (turn, why = 'AWS does not show the change yet. The next attempt looks again.') => {
      const milliseconds = Math.min(3_000, 150 * 1.5 ** turn)
      if (Date.now() + milliseconds > deadline)
        throw new ConnectorError('timeout', `${resourceId}: ${why}`, { retryable: true })
      await pause(milliseconds, undefined, { signal: over.signal })
    },
    explain: (error) =>
      toConnectorError(resourceId, error, error instanceof Error ? actions.get(error) : undefined),
  }
  const end = () => {
    over.abort()
    done()
  }
  return { aws, end }
}

/** Of the method of a client, as policies name it. */
function nameOfRight(method: string): string {
  return method === 'invoke' ? 'InvokeFunction' : `${method.charAt(0).toUpperCase()}${method.slice(1)}`
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
    made ??= make().catch((error) => {
      made = null
      throw error
    })
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
