import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type {
  ApprovalFacts,
  EngagementFacts,
  PersonFacts,
  PolicyAction,
  PolicyQuestion,
} from '../domain/policy.ts'
import { loadPolicies } from './load-policies.ts'

const engine = loadPolicies(fileURLToPath(new URL('../../policies', import.meta.url)), {
  securityLeads: ['U0SEC', 'S0SECURITY'],
})

const now = new Date('2026-03-02T09:00:00Z')
const resource = { id: 'orders-db', environment: 'production', approvers: ['U0DANA', 'S0DBAS'] }
const entitlement = { id: 'read-orders', risk: 'low' } as const

const dana = person('U0DANA')
const noor = person('U0NOOR')
const sec = person('U0SEC')

describe('asking', () => {
  it('employeeMayRequest', () => {
    const { basis, ...result } = judge('request', noor)
    expect(basis).toMatchObject({ facts: { action: 'request', principal: { userId: 'U0NOOR' } } })
    expect(result).toEqual({
      action: 'request',
      allowed: true,
      outcome: 'permitted',
      decidedBy: [
        {
          id: 'employees-may-request',
          effect: 'permit',
          reason: 'Every employee with an active account may ask; the owners decide.',
        },
      ],
      errors: [],
      sentence: 'Every employee with an active account may ask; the owners decide.',
    })
  })

  it('guestMayRequestAsContractor', () => {
    expect(deciders(judge('request', guest('U0KIM')))).toEqual(['permitted', 'contractors-may-request'])
  })

  it('contractorNeedsAnEngagementThatHolds', () => {
    const without = guest('U0KIM', { engagement: null })
    expect(deciders(judge('request', without))).toEqual(['forbidden', 'contractors-need-an-engagement'])
    expect(judge('request', without).sentence).toContain('/contractors')
    const member = person('U0KIM', { kind: 'contractor' })
    expect(deciders(judge('request', member))).toEqual(['forbidden', 'contractors-need-an-engagement'])
  })

  it('engagementNeedsAnActiveSponsor', () => {
    const left = { ...engagement, sponsor: { ...engagement.sponsor, isActive: false } }
    const result = judge('request', guest('U0KIM', { engagement: left }))
    expect(deciders(result)).toEqual(['forbidden', 'engagements-need-an-active-sponsor'])
    expect(result.sentence).toContain('take it over')
  })

  it('nothingServesItself', () => {
    expect(deciders(judge('selfServe', noor))).toEqual(['no_rule'])
    expect(judge('selfServe', dana).sentence).toBe(
      'No policy approves this by itself. The approvers of orders-db decide.',
    )
  })
})

describe('breaking glass', () => {
  it('nobodyMayBreakGlass', () => {
    for (const someone of [noor, dana, sec])
      expect(deciders(judge('breakGlass', someone))).toEqual(['no_rule'])
    expect(judge('breakGlass', noor).sentence).toBe(
      'No policy lets you break glass on orders-db/read-orders. Ask for it as usual; the approvers of orders-db decide.',
    )
  })

  it('guestNeverBreaksGlass', () => {
    expect(deciders(judge('breakGlass', guest('U0KIM')))).toEqual(['forbidden', 'guests-never-break-glass'])
  })

  it('approverAndSecurityLeadMayReview', () => {
    for (const someone of [dana, sec]) {
      const result = judge('review', someone)
      expect(deciders(result)).toEqual(['permitted', 'those-who-decide-review-break-glass'])
    }
    expect(deciders(judge('review', noor))).toEqual(['no_rule'])
  })

  it('nobodyReviewsTheirOwnBreakGlass', () => {
    const second = person('U0DANA2', { person: dana.person, groups: ['S0DBAS'] })
    for (const self of [dana, second]) {
      const result = judge('review', self, { requester: dana })
      expect(deciders(result)).toEqual(['forbidden', 'nobody-reviews-their-own-break-glass'])
    }
  })

  it('guestNeverReviews', () => {
    const approver = guest('U0DANA')
    expect(deciders(judge('review', approver))).toEqual(['forbidden', 'guests-never-decide'])
  })

  it('sponsorNeverReviewsTheirContractor', () => {
    const contractor = guest('U0KIM', { engagement: sponsoredBy(dana) })
    const result = judge('review', dana, { requester: contractor })
    expect(deciders(result)).toEqual(['forbidden', 'sponsors-do-not-review-their-contractors'])
  })

  it('contractorBreaksGlassOnlyWithinAnEngagement', () => {
    const ended = person('U0KIM', { kind: 'contractor' })
    const id = 'contractors-break-glass-within-their-engagement'
    expect(deciders(judge('breakGlass', ended))).toContain(id)
    expect(deciders(judge('breakGlass', { ...ended, engagement }))).toEqual(['no_rule'])
  })
})

describe('approving in advance', () => {
  it('approverMayApproveInAdvance', () => {
    expect(deciders(judge('preApprove', dana))).toEqual(['permitted', 'approvers-may-approve-in-advance'])
    expect(deciders(judge('preApprove', sec))).toEqual(['no_rule'])
  })

  it('sponsorAloneNeverApprovesHighRiskInAdvance', () => {
    const requester = guest('U0KIM', { engagement: sponsoredBy(dana) })
    expect(judge('preApprove', dana, { requester }).allowed).toBe(true)
    const high = judge('preApprove', dana, {
      requester,
      entitlement: { ...entitlement, risk: 'high' },
    })
    expect(deciders(high)).toEqual(['forbidden', 'sponsors-do-not-approve-high-risk-in-advance'])
  })

  it('nobodyApprovesThemselvesInAdvance', () => {
    const second = person('U0DANA2', { person: dana.person, groups: ['S0DBAS'] })
    for (const self of [dana, second]) {
      const result = judge('preApprove', self, { requester: dana })
      expect(deciders(result)).toEqual(['forbidden', 'nobody-decides-their-own-request'])
    }
  })
})

describe('deciding', () => {
  it('approverMayDecide', () => {
    expect(deciders(judge('approve', dana))).toEqual(['permitted', 'approvers-may-decide'])
  })

  it('memberOfApprovingGroupMayDecide', () => {
    const member = person('U0LI', { groups: ['S0OTHER', 'S0DBAS'] })
    expect(deciders(judge('approve', member))).toEqual(['permitted', 'approvers-may-decide'])
  })

  it('memberOfAnotherGroupCannotApprove', () => {
    const result = judge('approve', person('U0LI', { groups: ['S0OTHER'] }))
    expect(result).toMatchObject({ allowed: false, outcome: 'no_rule', decidedBy: [] })
    expect(result.sentence).toBe(
      'No policy lets you decide on this request. Ask one of the approvers of orders-db.',
    )
  })

  it('securityLeadIsNoApprover', () => {
    expect(deciders(judge('approve', sec))).toEqual(['no_rule'])
  })

  it('emptyApproversApproveNobody', () => {
    const nobodys = { ...resource, approvers: [] }
    for (const someone of [dana, sec, person('U0LI', { groups: ['S0DBAS', 'S0SECURITY'] })]) {
      expect(deciders(judge('approve', someone, { resource: nobodys }))).toEqual(['no_rule'])
    }
    expect(judge('approve', dana, { resource: nobodys }).sentence).toContain('has no approvers')
  })

  it('authorCannotApprove', () => {
    const result = judge('approve', dana, { requester: dana })
    expect(deciders(result)).toEqual(['forbidden', 'nobody-decides-their-own-request'])
    expect(result.sentence).toMatch(/^Nobody decides their own request/)
  })

  it('authorCannotApproveWhenFactsOfTheAccountChangedMeanwhile', () => {
    const before = { ...dana, person: 'dana@old.example', isGuest: true }
    expect(deciders(judge('approve', dana, { requester: before }))).toEqual([
      'forbidden',
      'nobody-decides-their-own-request',
    ])
  })

  it('secondAccountWithTheSameConfirmedAddressCannotApprove', () => {
    const second = person('U0DANA2', { person: dana.person })
    expect(deciders(judge('approve', dana, { requester: second }))).toEqual([
      'forbidden',
      'nobody-decides-their-own-request',
    ])
  })

  it('guestCannotApproveThoughNamed', () => {
    expect(deciders(judge('approve', guest('U0DANA')))).toEqual(['forbidden', 'guests-never-decide'])
  })

  it('everyReasonIsTold', () => {
    const result = judge('approve', guest('U0DANA'), { requester: guest('U0DANA') })
    expect(deciders(result)).toEqual(['forbidden', 'nobody-decides-their-own-request', 'guests-never-decide'])
    expect(result.sentence).toBe(result.decidedBy.map(({ reason }) => reason).join(' '))
  })
})

describe('taking back and looking into', () => {
  it.each(['revoke', 'audit'] as const)('securityLeadMay %s anything', (action) => {
    const rule = ['permitted', 'security-leads-may-revoke-and-audit']
    const elsewhere = { ...resource, id: 'billing', environment: null, approvers: [] }
    expect(deciders(judge(action, sec, { resource: elsewhere }))).toEqual(rule)
    expect(deciders(judge(action, person('U0AN', { groups: ['S0SECURITY'] })))).toEqual(rule)
  })

  it.each(['revoke', 'audit'] as const)('approverMay %s their own resource only', (action) => {
    expect(deciders(judge(action, dana))).toEqual(['permitted', 'approvers-may-revoke-and-audit'])
    const elsewhere = { ...resource, id: 'billing', approvers: ['U0LI'] }
    expect(deciders(judge(action, dana, { resource: elsewhere }))).toEqual(['no_rule'])
  })

  it.each(['revoke', 'audit'] as const)('anybodyElseMayNot %s', (action) => {
    expect(deciders(judge(action, noor))).toEqual(['no_rule'])
    expect(judge(action, noor).sentence).toContain('Ask an approver of orders-db or a security lead.')
  })

  it('whoMayAuditNothingIsToldSoWithoutAStar', () => {
    const everything = { ...resource, id: '*', approvers: [] }
    expect(judge('audit', noor, { resource: everything }).sentence).toBe(
      'No policy lets you see who had access. Ask an approver of the resource or a security lead.',
    )
  })
})

const everything = ['request', 'selfServe', 'approve', 'revoke', 'audit'] as const
const outsiders = [
  ['deactivated', { isDeactivated: true }, 'deactivated-accounts-do-nothing'],
  ['stranger', { isStranger: true }, 'strangers-do-nothing'],
  ['bot', { isBot: true }, 'bots-do-nothing'],
] as const

describe.each(outsiders)('%s', (_, facts, rule) => {
  it.each(everything)('mayNot %s, whoever they are', (action) => {
    const mighty = person('U0DANA', { groups: ['S0DBAS', 'S0SECURITY'], ...facts })
    const result = judge(action, mighty)
    expect(deciders(result)).toEqual(['forbidden', rule])
    expect(result.allowed).toBe(false)
  })
})

it('approverMayRevokeWhatSomebodyDeactivatedStillHolds', () => {
  const holder = person('U0KIM', { isDeactivated: true })
  expect(judge('revoke', dana, { requester: holder }).allowed).toBe(true)
})

it('factsThatMakeNoSenseAreARefusal', () => {
  expect(judge('request', noor, { durationSeconds: 0.5 })).toMatchObject({ allowed: false, outcome: 'error' })
  expect(judge('request', noor, { now: new Date(Number.NaN) })).toMatchObject({
    allowed: false,
    outcome: 'error',
  })
})

it('textFromPeopleIsOnlyText', () => {
  const odd = person('U0"; permit(principal, action, resource);', {
    person: '__proto__',
    groups: ['__entity'],
  })
  expect(deciders(judge('approve', odd))).toEqual(['no_rule'])
})

function person(userId: string, facts: Partial<PersonFacts> = {}): PersonFacts {
  return {
    userId,
    teamId: 'T0ACME',
    person: `${userId.toLowerCase()}@acme.example`,
    kind: 'employee',
    isDeactivated: false,
    isBot: false,
    isGuest: false,
    isStranger: false,
    engagement: null,
    groups: [],
    ...facts,
  }
}

const engagement: EngagementFacts = {
  company: 'Kim Consulting',
  tags: ['databases'],
  startsAt: new Date('2026-01-01T00:00:00Z'),
  endsAt: new Date('2026-12-31T23:00:00Z'),
  sponsor: { person: 'person-of-U0NOOR', displayName: 'Noor', userId: 'U0NOOR', isActive: true },
}

function guest(userId: string, facts: Partial<PersonFacts> = {}): PersonFacts {
  return person(userId, { kind: 'contractor', isGuest: true, engagement, ...facts })
}

interface Circumstances {
  resource?: typeof resource | { id: string; environment: null; approvers: string[] }
  requester?: PersonFacts
  approval?: Partial<ApprovalFacts>
  entitlement?: { readonly id: string; readonly risk: 'low' | 'high' }
  durationSeconds?: number
  now?: Date
}

/** Kim asked orders-db/read-orders for an hour, unless the circumstances say otherwise. */
function judge(
  action: Exclude<PolicyAction, 'manageContractor'>,
  principal: PersonFacts,
  circumstances: Circumstances = {},
) {
  const requester = guest('U0KIM')
  const approval: ApprovalFacts = {
    stage: 'Approval',
    approvedEarlierStage: false,
    samePersonInTwoStages: false,
    otherApprovals: 0,
    isLastApproval: true,
    approvedByRequesterLately: false,
    ...circumstances.approval,
  }
  const facts = {
    resource,
    entitlement,
    requester,
    durationSeconds: 3600,
    goodForSeconds: 86_400,
    now,
    ...circumstances,
  }
  const question: PolicyQuestion = {
    ...facts,
    approval,
    action,
    principal,
    holder: facts.requester,
    ticket: null,
  }
  return engine.judge(question)
}

function deciders(result: { outcome: string; decidedBy: readonly { id: string }[] }): string[] {
  return [result.outcome, ...result.decidedBy.map(({ id }) => id)]
}

function sponsoredBy({ person, userId }: PersonFacts): EngagementFacts {
  return { ...engagement, sponsor: { ...engagement.sponsor, person, userId } }
}
