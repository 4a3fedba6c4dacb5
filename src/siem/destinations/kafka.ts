import { z } from 'zod'
import { StreamError } from '../../domain/record/stream.ts'
import type { Send } from './destination.ts'
import { parsed } from './elastic.ts'
import { post } from './http.ts'
import { slashed } from './splunk.ts'

const answer = z.object({
  offsets: z.array(z.object({ error_code: z.int().nullish(), error: z.string().nullish() })),
})

/**
 * https://docs.confluent.io/platform/current/kafka-rest/api.html#post--topics-(string-topic_name). All events have one key, so that
 * they are in one partition, in order.
 */
export const sendToKafka: Send<'kafka'> = async ({ to, origin, events, signal }) => {
  const body = JSON.stringify({ records: events.map((event) => ({ key: origin, value: event.body })) })
  const headers = {
    'content-type': 'application/vnd.kafka.json.v2+json',
    accept: 'application/vnd.kafka.v2+json',
    ...(to.authorization === null ? {} : { authorization: to.authorization }),
  }
  const url = new URL(`topics/${encodeURIComponent(to.topic)}`, slashed(to.url)).href
  const read = answer.safeParse(parsed(await post({ url, headers, body, connection: to, signal })))
  if (!read.success || read.data.offsets.length !== events.length)
    throw new StreamError(
      'Its answer is none of a Kafka REST proxy: it does not say that each event is kept.',
    )
  const failed = read.data.offsets.find(({ error_code }) => typeof error_code === 'number')
  if (failed) throw new StreamError(`Kafka refuses an event (error ${failed.error_code}).`)
}
