import { subSeconds } from 'date-fns/subSeconds'
import { formatDuration } from '../../duration.ts'
import { defineRule } from '../rule.ts'
import { count, day, seconds } from '../setting.ts'

export const quickApprovals = defineRule({
  kind: 'quick-approvals',
  title: 'Approvals faster than anyone reads',
  about: 'An approver approved several requests, each sooner than anyone could have read it',
  isOn: false,
  atMost: { times: 1, perSeconds: 7 * day },
  settings: {
    sooner: seconds(10, 'After the request, or after the decision before'),
    fewest: count(3, 'Such approvals, below which nothing is said'),
    within: seconds(day, 'The time in which they are counted'),
  },
  on: ['decision.recorded'],
  async notice({ actorId, requestId, at, details }, { sooner, fewest, within }, facts) {
    if (actorId === null || requestId === null || details.verdict !== 'approve') return null
    const approvals = await facts.approvals(actorId, subSeconds(at, within), at)
    const quick = approvals.filter(({ afterSeconds }) => afterSeconds < sooner)
    // This one must be among them: otherwise the same ones would be told again later.
    if (quick.length < fewest || !quick.some((one) => one.requestId === requestId)) return null
    const fastest = Math.min(...quick.map(({ afterSeconds }) => afterSeconds))
    return {
      occurrence: `${requestId} ${actorId}`,
      subject: actorId,
      about: [actorId],
      headline: `${quick.length} ${quick.length === 1 ? 'approval' : 'approvals'} within ${formatDuration(sooner)} of the request`,
      evidence: [
        { label: 'Quick approvals', kind: 'number', value: quick.length },
        { label: 'Of approvals', kind: 'number', value: approvals.length },
        { label: 'Fastest, in seconds', kind: 'number', value: Math.round(fastest * 10) / 10 },
        { label: 'Counted over', kind: 'text', value: formatDuration(within) },
      ],
    }
  },
})
