import { defineRule } from '../rule.ts'
import { count, day } from '../setting.ts'
import { leaseOf, whenUseIsSeen } from './_lease.ts'

/** A median absolute deviation, so that it compares with a standard deviation: https://en.wikipedia.org/wiki/Median_absolute_deviation */
const toDeviation = 1.4826
const deviations = 6

export const manyRows = defineRule({
  kind: 'many-rows',
  title: 'Far more rows than usual',
  about: 'A lease read or changed far more rows than the leases of the same entitlement before',
  isOn: true,
  atMost: { times: 1, perSeconds: day },
  settings: {
    times: count(10, 'So many times the median of the leases before', 2),
    atLeast: count(1_000, 'Fewer rows are never many'),
    fewest: count(10, 'Leases before, below which nothing is said', 3),
    lastLeases: count(50, 'How many leases before are compared', 3),
  },
  ...whenUseIsSeen,
  async notice(occasion, { times, atLeast, fewest, lastLeases }, facts) {
    const lease = await leaseOf(occasion, facts)
    if (!lease) return null
    const { rowsRead, rowsChanged } = lease.activity
    const rows = (rowsRead ?? 0) + (rowsChanged ?? 0)
    if (rows < atLeast) return null
    const earlier = await facts.earlierRows(lease.grantId, lastLeases)
    if (earlier.length < fewest) return null
    const usual = medianOf(earlier)
    const spread = medianOf(earlier.map((one) => Math.abs(one - usual))) * toDeviation
    // Both: a factor alone speaks too soon where leases differ much, and a deviation alone where all are alike.
    if (rows < usual * times || rows <= usual + deviations * spread) return null
    return {
      occurrence: lease.grantId,
      subject: lease.subject,
      about: [lease.holderId],
      headline: `${number(rows)} rows, where ${number(Math.round(usual))} are usual`,
      evidence: [
        ...(rowsRead === null ? [] : [{ label: 'Rows read', kind: 'number' as const, value: rowsRead }]),
        ...(rowsChanged === null
          ? []
          : [{ label: 'Rows changed', kind: 'number' as const, value: rowsChanged }]),
        { label: 'Median before', kind: 'number', value: usual },
        { label: 'Most before', kind: 'number', value: Math.max(...earlier) },
        { label: 'Leases compared', kind: 'number', value: earlier.length },
      ],
    }
  },
})

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
