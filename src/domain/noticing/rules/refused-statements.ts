import { defineRule } from '../rule.ts'
import { count, day } from '../setting.ts'
import { leaseOf, whenUseIsSeen } from './_lease.ts'

export const refusedStatements = defineRule({
  kind: 'refused-statements',
  title: 'The target refused again and again',
  about: 'The holder of a lease tried many times what the target does not allow',
  isOn: true,
  atMost: { times: 1, perSeconds: day },
  settings: { fewest: count(10, 'Refusals in one lease, below which nothing is said') },
  ...whenUseIsSeen,
  async notice(occasion, { fewest }, facts) {
    const lease = await leaseOf(occasion, facts)
    if (!lease || lease.activity.refused < fewest) return null
    const { refused, operationCount, unit } = lease.activity
    return {
      occurrence: lease.grantId,
      subject: lease.subject,
      about: [lease.holderId],
      headline: `The target refused ${refused.toLocaleString('en-US')} attempts`,
      evidence: [
        { label: 'Refused', kind: 'number', value: refused },
        { label: `Other ${unit}s`, kind: 'number', value: operationCount },
      ],
    }
  },
})
