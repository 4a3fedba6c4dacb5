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
    response = await fetchFrom(url, { ...init, signal: AbortSignal.timeout(timeoutSeconds * 1000) })
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

/** GitHub redirects to the new place of an issue. An answer that names another host does not make Daypass ask there. */
async function fetchFrom(url: string, init: RequestInit): Promise<Response> {
  let address = new URL(url)
  for (let left = mostRedirects; left >= 0; left -= 1) {
    const response = await fetch(address, { ...init, redirect: 'manual' })
    const location = response.headers.get('location')
    if (!redirects.includes(response.status) || location === null) return response
    await response.body?.cancel()
    const next = new URL(location, address)
    if (next.origin !== address.origin) throw new Error('the answer names another host')
    address = next
  }
  throw new Error('the answer redirects again and again')
}

const mostRedirects = 3
const redirects = [301, 302, 307, 308]

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
