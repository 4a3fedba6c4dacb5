import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError } from '../../domain/connector.ts'
import { signatureProblem, signed } from '../../standard-webhooks.ts'
import { type Answer, answers, pendingAnswer } from './answers.ts'
import { openClient, type Reply } from './client.ts'
import { readKeys } from './keys.ts'
import { type Call, statusCall } from './messages.ts'
import { readJson } from './read-json.ts'
import type { WebhookSettings } from './schema.ts'
import { secondsOf, statusError } from './statuses.ts'

/** The receiver of one resource. */
export interface Receiver {
  readonly resourceId: string
  readonly settings: WebhookSettings
  /** For people: the receiver's host. */
  readonly host: string
  /** Posts a signed call, and reads its answer. Throws `ConnectorError`. */
  ask<Name extends keyof typeof answers>(name: Name, call: Call): Promise<Answer<Name>>
  /** Posts a signed call once, and resolves with the answer, whatever it says. Throws `ConnectorError`. */
  send(call: Call): Promise<Reply>
  /** Posts a call as somebody else might, and resolves with the status of the answer. */
  probe(call: Call, how: Probe): Promise<number>
  close(): Promise<void>
}

/** A call that a receiver must refuse: signed with another key, signed long ago, or the same message as before. */
export type Probe = 'forged' | 'stale' | 'repeated'

/** Between two questions about a pending operation, where the receiver names no time. */
const pauseMs = 1_000

export function openReceiver(resourceId: string, settings: WebhookSettings): Receiver {
  const url = new URL(settings.url)
  const client = openClient(resourceId, settings)
  const limit = () => AbortSignal.timeout(settings.timeout * 1000)

  /** One message: posts it, and makes sure of the signature of its answer where the receiver signs. */
  const exchange = async (to: URL, call: Call, signal: AbortSignal): Promise<Reply> => {
    const keys = await readKeys(resourceId, settings)
    const id = `msg_${randomUUID()}`
    const { headers, body } = messageOf(call, keys, id, new Date())
    const reply = await client.post(to, headers, body, signal)
    if (settings.signedAnswers && reply.status < 300) requireSignature(resourceId, keys, id, reply)
    return reply
  }
  const untilDone = async (call: Call, signal: AbortSignal): Promise<Reply> => {
    let reply = await exchange(url, call, signal)
    while (reply.status === 202) {
      const { reason, statusUrl } = pendingOf(resourceId, reply)
      const waitMs = (secondsOf(reply.headers['retry-after']) ?? pauseMs / 1000) * 1000
      if (statusUrl === undefined) throw pending(resourceId, reason, reply)
      const goesOn = await pause(waitMs, true, { signal }).catch(() => false)
      if (!goesOn) throw pending(resourceId, reason, reply)
      reply = await exchange(sameOrigin(resourceId, url, statusUrl), statusCall(call), signal)
    }
    return reply
  }
  return {
    resourceId,
    settings,
    host: url.host,
    async ask(name, call) {
      const mayWait = name === 'grant' || name === 'revoke'
      const reply = await (mayWait ? untilDone(call, limit()) : exchange(url, call, limit()))
      if (reply.status !== 200) throw statusError(resourceId, reply, { mayQuote: name !== 'credentials' })
      const { data } = answers[name].safeParse(readJson(reply.body))
      if (data) return data as Answer<typeof name>
      const message = `${resourceId}: the receiver answered 200, but not in the form of an answer to ${call.type}. See docs/connectors/webhook.md.`
      throw new ConnectorError('unexpected', message, { retryable: true })
    },
    send: (call) => exchange(url, call, limit()),
    async probe(call, how) {
      const keys = how === 'forged' ? [Buffer.from(randomUUID())] : await readKeys(resourceId, settings)
      const anHourAgo = new Date(Date.now() - 3_600_000)
      const message = messageOf(call, keys, `msg_${randomUUID()}`, how === 'stale' ? anHourAgo : new Date())
      const post = () => client.post(url, message.headers, message.body, limit())
      if (how === 'repeated') await post()
      return (await post()).status
    },
    close: () => client.close(),
  }
}

function messageOf({ type, data, idempotencyKey }: Call, keys: readonly Buffer[], id: string, at: Date) {
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data })
  const headers = {
    ...signed(keys, id, at, body),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'Daypass',
  }
  return { headers, body }
}

/** An answer bears the id of the message that it answers, so that an earlier answer counts for nothing. */
function requireSignature(
  resourceId: string,
  keys: readonly Buffer[],
  id: string,
  { headers, body }: Reply,
): void {
  const given = (name: string) => {
    const value = headers[name]
    return typeof value === 'string' ? value : undefined
  }
  const signature = {
    'webhook-id': given('webhook-id'),
    'webhook-timestamp': given('webhook-timestamp'),
    'webhook-signature': given('webhook-signature'),
  }
  const problem = signatureProblem(keys, id, new Date(), signature, body)
  if (problem === null) return
  const message = `${resourceId}: the answer ${problem}, so it counts for nothing. Let the receiver sign its answers with the same secret, or set \`signedAnswers: false\`.`
  throw new ConnectorError('unexpected', message, { retryable: true })
}

function pendingOf(resourceId: string, { body }: Reply) {
  const { data } = pendingAnswer.safeParse(readJson(body))
  if (data) return data
  const message = `${resourceId}: the receiver answered 202 without {"pending": true}.`
  throw new ConnectorError('unexpected', message, { retryable: true })
}

/** The signed calls go to the receiver that the catalog names, and to no other that an answer names. */
function sameOrigin(resourceId: string, { origin }: URL, statusUrl: string): URL {
  const url = new URL(statusUrl)
  if (url.origin === origin) return url
  const message = `${resourceId}: the receiver names a status URL of another origin (${url.host}). Only URLs that begin like \`url\` are asked.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

function pending(resourceId: string, reason: string | undefined, { headers }: Reply): ConnectorError {
  const said = reason ? ` It says: “${reason}”` : ''
  const message = `${resourceId}: the receiver has taken the order, and says that it is not done yet.${said}`
  const retryAfterSeconds = secondsOf(headers['retry-after'])
  return new ConnectorError('awaiting_person', message, { retryable: true, retryAfterSeconds })
}
