import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { isUsed } from '../../activity.ts'
import { formatDuration } from '../../duration.ts'
import { defineRule } from '../rule.ts'
import { day, seconds } from '../setting.ts'
import { leaseOf } from './_lease.ts'

export const neverUsed = defineRule({
  kind: 'never-used',
  title: 'Access that nobody used',
  about: 'A lease ended, and its target counted no use of it',
  isOn: false,
  atMost: { times: 1, perSeconds: 7 * day },
  settings: { longerThan: seconds(1_800, 'Leases that lasted less are left out') },
  on: ['grant.activity_recorded'],
  async notice(occasion, { longerThan }, facts) {
    const lease = await leaseOf(occasion, facts)
    // Where the target does not count, nobody knows whether it was used.
    if (!lease?.endedAt || !lease.activity.isCounted || isUsed(lease.activity)) return null
    const lasted = differenceInSeconds(lease.endedAt, lease.activatedAt)
    if (lasted < longerThan) return null
    return {
      occurrence: lease.grantId,
      subject: lease.subject,
      about: [lease.holderId],
      headline: `Held for ${formatDuration(lasted)} and never used`,
      evidence: [
        { label: 'Held for', kind: 'text', value: formatDuration(lasted) },
        { label: 'Looks', kind: 'number', value: lease.activity.looks },
      ],
    }
  },
})
