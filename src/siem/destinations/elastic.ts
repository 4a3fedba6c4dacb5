import { z } from 'zod'
import { StreamError } from '../../domain/record/stream.ts'
import type { Send } from './destination.ts'
import { post } from './http.ts'
import { slashed } from './splunk.ts'

const answer = z.object({
  errors: z.boolean(),
  items: z
    .array(
      z.object({
        create: z.object({ status: z.int(), error: z.object({ type: z.string() }).optional() }),
      }),
    )
    .optional(),
})

/** The event is there: an earlier attempt wrote it. */
const alreadyThere = 409

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk. Each event is written once, by its id. */
export const sendToElastic: Send<'elastic'> = async ({ to, events, signal }) => {
  const body = events
    .map(({ id, body }) => `${JSON.stringify({ create: { _id: id } })}\n${JSON.stringify(body)}\n`)
    .join('')
  const path = `${encodeURIComponent(to.index)}/_bulk?filter_path=errors,items.*.status,items.*.error.type`
  const url = new URL(path, slashed(to.url)).href
  const headers = { authorization: `ApiKey ${to.apiKey}`, 'content-type': 'application/x-ndjson' }
  const read = answer.safeParse(parsed(await post({ url, headers, body, connection: to, signal })))
  if (!read.success) throw new StreamError('Its answer is none of the bulk API of Elasticsearch.')
  const failed = read.data.errors
    ? read.data.items?.find(({ create }) => create.status > 299 && create.status !== alreadyThere)
    : undefined
  if (failed)
    throw new StreamError(
      `Elasticsearch refuses an event (${failed.create.status}, ${failed.create.error?.type ?? 'no reason'}).`,
    )
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
