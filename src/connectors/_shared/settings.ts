import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { ConnectorError } from '../../domain/connector.ts'
import { describeDurationProblem, parseDuration } from '../../domain/duration.ts'

/** Seconds that one operation at the target may take. In the catalog `10s`, `1m30s`. */
export function timeoutSetting(defaultSeconds: number) {
  return z
    .string()
    .transform((text, context) => {
      const read = parseDuration(text)
      if (read.ok && read.seconds <= 600) return read.seconds
      const message = read.ok ? 'This is longer than 10m.' : describeDurationProblem(read.problem, text)
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
    .prefault(`${defaultSeconds}s`)
    .describe(
      `How long one operation may take until it is given up and tried again: 10s, 1m; ${defaultSeconds}s unless set`,
    )
}

/** A file that holds one secret and nothing else, as Docker and Kubernetes mount them. */
export function secretFileSetting(what: string) {
  return z
    .string()
    .min(1)
    .optional()
    .describe(`A file with ${what}, read again at every connection, so that it may be rotated`)
}

/** The secret in the file, without the line break at its end. Throws `misconfigured`, without the content. */
export async function readSecretFile(path: string, resourceId: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(resourceId, `cannot be read (${error.code ?? error.name})`, path)
  })
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '') throw unreadable(resourceId, 'is empty', path)
  return secret
}

/** Retryable: a file that is being rotated may be absent for a moment. */
function unreadable(resourceId: string, why: string, path: string): ConnectorError {
  const message = `${resourceId}: the secret file ${path} ${why}. Put the secret there, readable for Daypass.`
  return new ConnectorError('misconfigured', message, { retryable: true })
}
