import { expect, it } from 'vitest'
import type { RequestHistory } from '../../src/domain/request-history.ts'
import {
  activeMessage,
  leaseShortenedMessage,
} from '../../src/slack/features/my-access/requester-messages.ts'
import { leaseText } from '../../src/slack/kit/terms.ts'
import { at, historiesOf } from './_histories.ts'

const engagement: RequestHistory['engagement'] = {
  id: 'e',
  personId: 'p',
  company: 'Mendes Consulting',
  sponsor: { personId: 's', accountId: 's', userId: 'U0ERIN', displayName: 'Erin', isActive: true },
  startsAt: at(0),
  endsAt: at(30),
  tags: [],
  endedAt: null,
  endedById: null,
  sponsorLeftAt: null,
  generation: 1,
}
const history = (name: string): RequestHistory => {
  const found = historiesOf()[name]
  if (!found) throw new Error(`no history ${name}`)
  return found
}
const endingAt = (name: string, endsAt: Date): RequestHistory => {
  const { grant, ...rest } = history(name)
  if (grant?.status !== 'active') return { ...rest, grant, engagement: { ...engagement, endsAt } }
  return {
    ...rest,
    grant: { ...grant, lease: { ...grant.lease, endsAt } },
    engagement: { ...engagement, endsAt },
  }
}

it('a card says that a lease would go beyond the engagement, and nothing where it would not', () => {
  expect(leaseText(endingAt('pending', at(30)))).toMatch(
    /from when it is active, but only until the engagement ends on <!date/,
  )
  expect(leaseText(endingAt('pending', at(5000)))).not.toContain('engagement')
})

it('the holder reads that the access ends with the engagement', () => {
  const active = endingAt('active', at(30))
  expect(leaseText(active)).toContain('but only until the engagement ends on')
  expect(JSON.stringify(leaseShortenedMessage(active))).toContain('your engagement ends then')
  expect(JSON.stringify(activeMessage(active, at(20)))).toContain('<!date')
})
