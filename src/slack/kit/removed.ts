import type { RemovedOfRequest } from '../../domain/record/record-log.ts'
import { code, countOf } from './text.ts'

/** Events that are not shown, because retention removed them. mrkdwn. */
export function removedText({ rule, count }: RemovedOfRequest): string {
  return `${countOf(count, 'event was', 'events were')} removed by the retention rule ${code(rule)}. The log keeps the ${count === 1 ? 'hash' : 'hashes'}.`
}
