import { describe, expect, it } from 'vitest'
import { auditActions } from '../../src/domain/audit-event.ts'
import type { LeafEvent } from '../../src/domain/record/leaf.ts'
import { toEcs } from '../../src/siem/ecs.ts'
import { ocsfVersions, toOcsf } from '../../src/siem/ocsf.ts'
import type { StreamedEvent } from '../../src/siem/streamed-event.ts'
import { ecsProblems, ocsfProblems, ocsfSchema } from './_ocsf.ts'

const whole: Omit<LeafEvent, 'action'> = {
  v: 1,
  id: 71,
  at: '2026-11-22T09:00:00.123Z',
  actor: { id: '7c6d0d0a-1b2c-4f4e-9a55-0d3c5a8f2b11', slack: 'T0/U0ERIN' },
  subject: { kind: 'grant', id: '0f8fad5b-d9cb-469f-a165-70867728950e' },
  request: { id: '9f8fad5b-d9cb-469f-a165-70867728950e', reference: 'AR-1042' },
  grant: '0f8fad5b-d9cb-469f-a165-70867728950e',
  account: { id: '1c6d0d0a-1b2c-4f4e-9a55-0d3c5a8f2b11', slack: 'T0/U0CARLA' },
  resource: 'orders-db',
  entitlement: 'read-orders',
  policy: { outcome: 'allow', basis: { deciding: ['owners-approve'] } },
  details: {
    cause: 'lease_ended',
    faults: 0,
    step_up: { id: 's1', kind: 'decide', sign_in: { id_token: 'eyJ.secret.token' } },
  },
  said: { justification: 'a'.repeat(64) },
}
const bare: Omit<LeafEvent, 'action'> = {
  ...whole,
  ...{ actor: null, subject: null, request: null, grant: null, account: null, resource: null },
  ...{ entitlement: null, policy: null, details: {}, said: null },
}

function streamed(event: LeafEvent): StreamedEvent {
  return { origin: 'daypass-test', position: 70, hash: 'c0'.repeat(32), event }
}

describe.each(ocsfVersions)('OCSF %s', (version) => {
  const schema = ocsfSchema(version)

  it.each(auditActions)('%s is as the published schema says', (action) => {
    for (const rest of [whole, bare, { ...whole, details: { faults: 3 } }])
      expect(ocsfProblems(schema, toOcsf(streamed({ ...rest, action }), version))).toEqual([])
  })
})

it.each(auditActions)('ECS: %s is as the published schema says', (action) => {
  for (const rest of [whole, bare, { ...whole, details: { faults: 3 } }])
    expect(ecsProblems(toEcs(streamed({ ...rest, action })))).toEqual([])
})

// A finding has its own status: new, in progress, resolved.
it.each(
  auditActions.filter(
    (action) => /[._](refused|failed)$/.test(action) && !/^(alert|stream|break_glass)[.]/.test(action),
  ),
)('%s is a failure, in OCSF and in ECS', (action) => {
  for (const version of ocsfVersions)
    expect(toOcsf(streamed({ ...whole, action }), version)).toMatchObject({ status_id: 2, status: 'Failure' })
  expect(toEcs(streamed({ ...whole, action }))).toMatchObject({ event: { outcome: 'failure' } })
})

it('an end of a lease is the revocation of a privilege, of the person who held it', () => {
  const ended = streamed({ ...whole, action: 'grant.ended' })
  expect(toOcsf(ended, '1.8')).toMatchObject({
    class_uid: 3005,
    type_uid: 300502,
    status: 'Success',
    user: { uid: 'T0/U0CARLA' },
    actor: { user: { uid: 'T0/U0ERIN' } },
    privileges: ['read-orders'],
    resources: [{ uid: 'orders-db' }, { type: 'grant' }],
    metadata: { uid: 'daypass-test/70', sequence: 70, correlation_uid: 'AR-1042' },
  })
  expect(toOcsf(ended, '1.9')).toMatchObject({
    type_uid: 300715,
    attestation_list: [{ chain_uid: 'daypass-test', fingerprint: { value: 'c0'.repeat(32) } }],
  })
  expect(toEcs(ended)).toMatchObject({
    event: { category: ['iam'], type: ['user', 'change'], outcome: 'success', id: 'daypass-test/70' },
    user: { id: 'T0/U0ERIN', target: { id: 'T0/U0CARLA' } },
    related: { user: ['T0/U0ERIN', 'T0/U0CARLA'] },
  })
})

it('a verification that found faults is a critical finding, and a sound one is a reading', () => {
  const verified = (faults: number) =>
    toOcsf(streamed({ ...whole, action: 'record.verified', details: { faults } }), '1.8')
  expect([verified(0), verified(1)].map(({ class_uid, severity }) => [class_uid, severity])).toEqual([
    [3004, 'Informational'],
    [2004, 'Critical'],
  ])
})

it('the token of a sign-in leaves Daypass only in our own format', () => {
  const event = streamed({ ...whole, action: 'decision.recorded' })
  for (const mapped of [toOcsf(event, '1.8'), toOcsf(event, '1.9'), toEcs(event)]) {
    expect(JSON.stringify(mapped)).not.toContain('secret.token')
    expect(JSON.stringify(mapped)).toContain('"step_up":{"id":"s1","kind":"decide"}')
  }
})
