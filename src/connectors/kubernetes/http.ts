import { z } from 'zod'
import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'
import type { Request } from '../_shared/kept-connections.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
}

export interface Answer {
  readonly status: number
  /** The JSON of the body; null where it has none, or something else. */
  readonly body: unknown
  /** The body as it came. */
  readonly text: string
  /** The clock of the API server, where it says it. */
  readonly at: Date
  readonly retryAfterSeconds: number | null
}

/** One call. Every answer is returned, whatever its status. */
export async function send(request: Request, url: string, token: string, call: Call): Promise<Answer> {
  const type = call.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const { statusCode, headers, body } = await request(`${url}${call.path}`, {
    method: call.method,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(call.body && { 'content-type': type }),
    },
    body: call.body ? JSON.stringify(call.body) : null,
  })
  const text = await body.text()
  const clock = new Date(String(headers.date ?? ''))
  return {
    status: statusCode,
    body: parsed(text),
    text,
    at: Number.isNaN(clock.getTime()) ? new Date() : clock,
    retryAfterSeconds: pauseOf(headers['retry-after']),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function pauseOf(after: string | string[] | undefined): number | null {
  return typeof after === 'string' && /^\d+$/.test(after) ? Number(after) : null
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
const statusSchema = z.object({
  kind: z.literal('Status'),
  reason: z.string().default(''),
  message: z.string().default(''),
  details: z.object({ name: z.string().default(''), kind: z.string().default('') }).nullish(),
})

/** Why the API server refused; null where the answer is not its own. */
export function statusOf(answer: Pick<Answer, 'body'>): z.output<typeof statusSchema> | null {
  return statusSchema.safeParse(answer.body).data ?? null
}

/** The API server says that the object does not exist. A wrong address answers 404 too, and in another form. */
export function isNotFound(answer: Answer): boolean {
  const status = statusOf(answer)
  return answer.status === 404 && status?.reason === 'NotFound' && !!status.details?.name
}

export function isExisting(answer: Answer): boolean {
  return answer.status === 409 && statusOf(answer)?.reason === 'AlreadyExists'
}

/** An answer that says no. Of its text only a word is told. `what`: "to create RoleBinding orders/x". */
export function refusal(resourceId: string, what: string, answer: Answer): ConnectorError {
  const { code, sentence, retryable } = verdictOf(answer)
  const reason = statusOf(answer)?.reason ?? ''
  const said = /^[A-Za-z]{1,40}$/.test(reason) ? ` (${reason})` : ''
  const message = `${resourceId}: the API server ${sentence} It answered ${answer.status}${said} ${what}.`
  return new ConnectorError(code, message, { retryable, retryAfterSeconds: answer.retryAfterSeconds })
}

/** What went wrong before there was an answer. */
export function noAnswer(resourceId: string, error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const isTls = /CERT|UNABLE_TO_|ERR_TLS_/.test(code)
  const message = isTls
    ? `${resourceId}: the certificate of the API server is not trusted. Name its CA in \`caFile\`, or correct the address.`
    : `${resourceId}: the API server cannot be reached, or does not speak HTTP.`
  return new ConnectorError(isTls ? 'misconfigured' : 'unreachable', message, {
    retryable: !isTls,
    cause: new Error(code || 'no code'),
  })
}

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
}

function verdictOf(answer: Answer): Verdict {
  const { status } = answer
  if (status === 429) return { code: 'throttled', sentence: 'asks for fewer calls.', retryable: true }
  if (status === 408 || status >= 500)
    return {
      code: 'unreachable',
      sentence: 'has a fault at present. An admission webhook that fails is told so too: see its log.',
      retryable: true,
    }
  if (status >= 200 && status < 300)
    return { code: 'unreachable', sentence: 'answered something that is not understood.', retryable: true }
  if (status < 400)
    return { code: 'misconfigured', sentence: 'sends to another address. Correct it.', retryable: false }
  if (status === 401)
    return {
      code: 'permission',
      sentence: 'does not take the token of Daypass. Give it a new one.',
      retryable: false,
    }
  if (status === 403) return forbidden(statusOf(answer)?.message ?? '')
  if (status === 404) return absent(answer)
  if (status === 409) return { code: 'conflict', sentence: 'has changed meanwhile.', retryable: true }
  return { code: 'misconfigured', sentence: 'refuses the call.', retryable: false }
}

/** Quotas and namespaces that are being deleted are refused with 403 too. */
function forbidden(message: string): Verdict {
  if (/exceeded quota/.test(message))
    return {
      code: 'conflict',
      sentence: 'lets nothing more be made there: a ResourceQuota is used up. Raise it.',
      retryable: true,
    }
  if (/being terminated/.test(message))
    return {
      code: 'misconfigured',
      sentence: 'is deleting that namespace. Create it again, or correct the catalog.',
      retryable: false,
    }
  return {
    code: 'permission',
    sentence: 'does not let Daypass do this. `daypass doctor` says which right it lacks.',
    retryable: false,
  }
}

function absent(answer: Answer): Verdict {
  const isNamespace = statusOf(answer)?.details?.kind === 'namespaces'
  const sentence = isNamespace
    ? 'has no such namespace. Create it, or correct the catalog.'
    : 'does not have this. Correct the address and the names in the catalog.'
  return { code: 'misconfigured', sentence, retryable: false }
}
