import { subSeconds } from 'date-fns/subSeconds'
import { formatDuration } from '../../duration.ts'
import { defineRule } from '../rule.ts'
import { count, day, hour, seconds } from '../setting.ts'

export const manyRequests = defineRule({
  kind: 'many-requests',
  title: 'Many requests of one person',
  about: 'A person submitted many requests in a short time',
  isOn: false,
  atMost: { times: 1, perSeconds: day },
  settings: {
    fewest: count(10, 'Requests, below which nothing is said', 2),
    within: seconds(hour, 'The time in which they are counted'),
  },
  on: ['request.submitted'],
  async notice({ accountId, requestId, at }, { fewest, within }, facts) {
    if (accountId === null || requestId === null) return null
    const submitted = await facts.submitted(accountId, subSeconds(at, within), at)
    if (submitted < fewest) return null
    return {
      occurrence: requestId,
      subject: accountId,
      about: [accountId],
      headline: `${submitted} ${submitted === 1 ? 'request' : 'requests'} within ${formatDuration(within)}`,
      evidence: [
        { label: 'Requests', kind: 'number', value: submitted },
        { label: 'Within', kind: 'text', value: formatDuration(within) },
        { label: 'The last one', kind: 'instant', value: at.toISOString() },
      ],
    }
  },
})
