import { defineRule } from '../rule.ts'
import { count, day } from '../setting.ts'
import { leaseOf, whenUseIsSeen } from './_lease.ts'

const mostShown = 5

export const newAddress = defineRule({
  kind: 'new-address',
  title: 'Used from a new address',
  about: 'A lease was used from a network address from which this person used none of the leases before',
  isOn: false,
  atMost: { times: 1, perSeconds: day },
  settings: {
    fewest: count(3, 'Earlier leases of the person that showed an address, below which nothing is said'),
    lastLeases: count(20, 'How many earlier leases are compared'),
  },
  ...whenUseIsSeen,
  async notice(occasion, { fewest, lastLeases }, facts) {
    const lease = await leaseOf(occasion, facts)
    if (!lease || lease.activity.addresses.length === 0) return null
    const earlier = await facts.earlierAddresses(lease.grantId, lastLeases)
    if (earlier.leases < fewest) return null
    const fresh = lease.activity.addresses.filter((address) => !earlier.addresses.includes(address))
    if (fresh.length === 0) return null
    const known = `${earlier.addresses.length} known ${earlier.addresses.length === 1 ? 'address' : 'addresses'}`
    return {
      occurrence: lease.grantId,
      subject: lease.holderId,
      about: [lease.holderId],
      headline: `Used from ${fresh.length === 1 ? 'a new address' : `${fresh.length} new addresses`}; ${known} in the ${earlier.leases} leases before`,
      evidence: [
        ...fresh
          .slice(0, mostShown)
          .map((value) => ({ label: 'New address', kind: 'address' as const, value })),
        { label: 'Earlier leases', kind: 'number', value: earlier.leases },
        { label: 'Known addresses', kind: 'number', value: earlier.addresses.length },
      ],
    }
  },
})
