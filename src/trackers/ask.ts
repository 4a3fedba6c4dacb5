import type { z } from 'zod'
import { TrackerUnavailable } from '../domain/tracker.ts'

/** The tracker that is asked. */
export interface Asked {
  /** For people: "Jira". */
  readonly name: string
  readonly timeoutSeconds: number
}

const longestAnswer = 1024 * 1024

/** Asks a tracker. Null: 404 or 410. Throws `TrackerUnavailable` for everything that is no answer of this shape. */
export async function askTracker<T>(
  { name, timeoutSeconds }: Asked,
  url: string,
  init: { method?: 'POST'; headers: Record<string, string>; body?: string },
  shape: z.ZodType<T>,
  /** Statuses of errors whose body is an answer too. */
  alsoRead: readonly number[] = [],
): Promise<T | null> {
  let response: Response
  let text: string
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutSeconds * 1000) })
    text = await readLimited(response)
  } catch (error) {
    const why =
      error instanceof Error && error.name === 'TimeoutError' ? 'did not answer in time' : 'did not answer'
    throw new TrackerUnavailable(`${name} ${why}.`)
  }
  if (response.status === 404 || response.status === 410) return null
  if (!response.ok && !alsoRead.includes(response.status))
    throw new TrackerUnavailable(`${name} answered with HTTP ${response.status}.`)
  const read = shape.safeParse(parsed(text))
  if (!read.success) throw new TrackerUnavailable(`${name} gave an answer that Daypass does not understand.`)
  return read.data
}

async function readLimited({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body ?? []) {
    size += part.byteLength
    if (size > longestAnswer) throw new Error('the answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
