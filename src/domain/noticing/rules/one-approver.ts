import { subSeconds } from 'date-fns/subSeconds'
import { formatDuration } from '../../duration.ts'
import { defineRule } from '../rule.ts'
import { count, day, seconds } from '../setting.ts'

export const oneApprover = defineRule({
  kind: 'one-approver',
  title: 'One approver for everything of one person',
  about: 'The same approver, and nobody else, approved every request of a person',
  isOn: false,
  atMost: { times: 1, perSeconds: 30 * day },
  settings: {
    fewest: count(5, 'Approved requests, below which nothing is said', 2),
    within: seconds(30 * day, 'The time in which they are counted'),
  },
  on: ['request.approved'],
  async notice({ accountId, requestId, at }, { fewest, within }, facts) {
    if (accountId === null || requestId === null) return null
    const approved = await facts.approversOf(accountId, subSeconds(at, within), at)
    const [approver, ...others] = new Set(approved.flat())
    if (approver === undefined || others.length > 0 || approved.length < fewest) return null
    return {
      occurrence: requestId,
      subject: `${accountId} ${approver}`,
      about: [accountId, approver],
      headline: `One approver decided all ${approved.length} approved requests of ${formatDuration(within)}`,
      evidence: [
        { label: 'Approved requests', kind: 'number', value: approved.length },
        { label: 'Counted over', kind: 'text', value: formatDuration(within) },
      ],
    }
  },
})
