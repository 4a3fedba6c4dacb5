import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { addressRule, lookupOnly } from '../../addresses.ts'
import { StreamError } from '../../domain/record/stream.ts'
import type { StreamConnection } from '../../domain/record/stream-rules.ts'

/** A collector answers with few words; Elasticsearch with some for each event. */
const longestAnswer = 4 * 1_048_576

export interface Posted {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connection: StreamConnection
  readonly signal: AbortSignal
}

/** The body of the answer. Follows no redirect. Throws `StreamError` for any answer that is no 2xx. */
export async function post({ url, headers, body, connection, signal }: Posted): Promise<string> {
  const { origin, pathname, search } = new URL(url)
  const agent = await agentFor(connection)
  try {
    const path = `${pathname}${search}`
    const reply = await agent.request({ method: 'POST', origin, path, headers, body, signal })
    const { statusCode } = reply
    const text = await reply.body.text()
    if (statusCode >= 300 && statusCode < 400)
      throw new StreamError(
        `It answers with a redirect (${statusCode}), and none is followed. Correct the URL.`,
      )
    if (statusCode < 200 || statusCode > 299)
      throw new StreamError(`It answers with ${statusCode}${hints[statusCode] ?? ''}.`)
    return text
  } catch (error) {
    throw toStreamError(error)
  } finally {
    await agent.destroy()
  }
}

const hints: Readonly<Record<number, string>> = {
  401: ': the secret or token is not accepted',
  403: ': the secret or token is not accepted',
  404: ': the URL leads to nothing',
  413: ': the batch is too large, so set a smaller `batch`',
}

/** One connection for each batch: so each one is resolved and examined. */
async function agentFor({ allowAddresses, caFile }: StreamConnection): Promise<Agent> {
  const isRefused = addressRule(allowAddresses)
  const ca = await trusted(caFile)
  const dial = buildConnector({ lookup: lookupOnly(isRefused, refusedAddress), ...ca })
  return new Agent({
    connect: (target, callback) => {
      const problem = isIP(target.hostname) === 0 ? null : isRefused(target.hostname)
      if (problem === null) dial(target, callback)
      else callback(refusedAddress(problem), null)
    },
    pipelining: 0,
    maxResponseSize: longestAnswer,
  })
}

export function refusedAddress(problem: string): StreamError {
  return new StreamError(
    `${problem}, and such hosts are not called. If it is the destination, name its address in \`allowAddresses\`.`,
  )
}

/** Read for each connection, so that the file can be replaced. */
export async function trusted(caFile: string | undefined): Promise<{ ca?: string }> {
  return caFile === undefined ? {} : { ca: await readPem(caFile) }
}

export async function readPem(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StreamError(`The file ${path} cannot be read (${error.code}).`)
  })
}

/** Errors of connections, by their code alone: their messages may quote what was sent. */
export function toStreamError(error: unknown): StreamError {
  if (error instanceof StreamError) return error
  // undici wraps the error of a connector.
  if (error instanceof Error && error.cause instanceof StreamError) return error.cause
  const code = error instanceof Error ? String('code' in error ? error.code : error.name) : 'unknown'
  const fault = faults.find(({ matches }) => matches.test(code))
  return new StreamError(`${fault?.sentence ?? 'The connection failed'} (${code}).`)
}

const faults = [
  { matches: /Timeout|Abort|ABORTED|TIMEOUT|^20$|^23$/, sentence: 'It did not answer in time' },
  { matches: /EXCEEDED_MAX_SIZE/, sentence: 'Its answer is longer than 4 MiB' },
  { matches: /HPE_|HTTP_PARSER/, sentence: 'Its answer is no HTTP' },
  {
    matches: /CERT|UNABLE_TO_|SELF_SIGNED|ALTNAME/,
    sentence: 'Its TLS certificate is not trusted, or is for another host. Name its CA in `caFile`',
  },
  { matches: /ECONNREFUSED/, sentence: 'Nothing listens there' },
  { matches: /ENOTFOUND|EAI_AGAIN/, sentence: 'The name of its host leads nowhere' },
]
