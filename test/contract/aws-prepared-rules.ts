import { expect, it } from 'vitest'
import { keysOf, useKeys } from '../../fixtures/targets/aws.ts'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'
import { expectNoSecret, failure } from './_contract-tools.ts'
import type { Content } from './_open-connector.ts'
import { problemsOf } from './aws-center-rules.ts'
import { type AwsRoleWorld, prepared, roleOf } from './aws-role-world.ts'
import { policyArn } from './aws-world.ts'

const content: Content = {
  role: prepared,
  statements: [{ Effect: 'Allow', Action: ['sts:*', 's3:*'], Resource: '*' }],
}

/** Sessions of a role that is not the lease's own. */
export function awsPreparedRules(world: () => AwsRoleWorld): void {
  const opened = (preparedRoles: object = {}, offer = content, settings: object = {}): Connector =>
    world().withSettings({ leaseRoles: undefined, preparedRoles, ...settings }, { access: offer })
  const keys = async (connector: Connector, order: AccessOrder) => {
    const credentials = await connector.issueCredentials?.(order)
    if (!credentials) throw new Error('no credentials')
    return { credentials, accessKeyId: keysOf(credentials).accessKeyId }
  }
  const denials = async () =>
    (await world().target.root.iam.listRolePolicies({ RoleName: 'support' })).PolicyNames?.filter((name) =>
      name.startsWith('daypass-'),
    )

  it('the session is limited by the catalog, carries the lease, and is ended by AWS at the planned end', async () => {
    const { target, order } = world()
    const connector = opened()
    const until = new Date(Date.now() + 60_000)
    const access = order(content, { until })
    const granted = await connector.grant(access)
    expect(granted).toMatchObject({
      proof: 'contract',
      facts: { role: prepared, sourceIdentity: roleOf(access) },
    })
    const { credentials, accessKeyId } = await keys(connector, access)
    expect(credentials.expiresAt).toEqual(until)
    expect(await useKeys(target, credentials)).toBe(true)
    const session = target.sessions.all.find((one) => one.accessKeyId === accessKeyId)
    expect(session).toMatchObject({ sourceIdentity: roleOf(access), name: 'AR-1042-U0CASEY' })
    const may = (action: string, at?: Date) => target.sessions.allows(accessKeyId, action, '*', at)
    expect(await may('s3:GetObject')).toBe(true)
    for (const action of ['ec2:RunInstances', 'iam:CreateUser', 'sts:AssumeRole'])
      expect(await may(action), action).toBe(false)
    expect(await may('s3:GetObject', until)).toBe(false)
    const over = await connector.revoke({ ...access, until: new Date(Date.now() - 1_000) })
    expect(over).toMatchObject({ proof: 'contract' })
    expect(over).not.toHaveProperty('residualUntil')
  })

  it.each([
    [{ policies: [policyArn('read-orders')] }, 's3:ListBucket', 's3:GetObject'],
    [{}, 'ec2:RunInstances', 'iam:CreateUser'],
  ])('with %j, the session may %s and not %s', async (limits, may, mayNot) => {
    const { target, order } = world()
    const offer = { role: prepared, ...limits }
    const connector = opened({}, offer)
    const access = order(offer)
    await connector.grant(access)
    const { accessKeyId } = await keys(connector, access)
    expect(await target.sessions.allows(accessKeyId, may, '*')).toBe(true)
    expect(await target.sessions.allows(accessKeyId, mayNot, '*')).toBe(false)
  })

  it('an early end says until when sessions go on, where they may not be denied', async () => {
    const { target, order } = world()
    const connector = opened()
    const access = order(content, { until: new Date(Date.now() + 600_000) })
    const { facts } = await connector.grant(access)
    const { credentials } = await keys(connector, access)
    const what = 'AWS sessions opened before'
    expect(await connector.revoke(access)).toMatchObject({
      proof: 'contract',
      residualUntil: { at: access.until, what },
    })
    expect(await useKeys(target, credentials)).toBe(true)
    // An order that names an earlier end, as when an activation is undone, shortens no session.
    const undone = await connector.revoke({ ...access, until: new Date(), given: facts })
    expect(undone.residualUntil).toEqual({ at: access.until, what })
    const long = order(content, { until: new Date(Date.now() + 8 * 3_600_000) })
    const { readAt, residualUntil } = await connector.revoke(long)
    expect(residualUntil?.at).toEqual(new Date(readAt.getTime() + 3_600_000))
  })

  it('an early end denies the sessions of this lease by their source identity, and no others', async () => {
    const { target, order } = world()
    const connector = opened({ denyEnded: true })
    const [one, other] = [order(content), order(content)]
    for (const access of [one, other]) await connector.grant(access)
    const [ended, going] = [await keys(connector, one), await keys(connector, other)]
    const evidence = await connector.revoke(one)
    expect(evidence).toMatchObject({ proof: 'real', facts: { denied: true } })
    expect(evidence).not.toHaveProperty('residualUntil')
    expect([await useKeys(target, ended.credentials), await useKeys(target, going.credentials)]).toEqual([
      false,
      true,
    ])
    expect(await denials()).toHaveLength(1)
    // The grant that stands again, and an order that this version does not understand.
    await connector.grant(one)
    expect(await denials()).toEqual([])
    await connector.revoke({ ...one, content: null as never, given: { role: prepared } })
    expect(await useKeys(target, ended.credentials)).toBe(false)
    await connector.grant(one)
    await connector.revoke({ ...other, until: new Date(Date.now() - 1_000) })
  })

  it('denials are removed when the sessions have ended by themselves', async () => {
    const { target, order } = world()
    const past = Math.floor(Date.now() / 1_000) - 120
    const put = (PolicyName: string) =>
      target.root.iam.putRolePolicy({
        RoleName: 'support',
        PolicyName,
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Action: '*',
              Resource: '*',
              Condition: { StringEquals: { 'aws:SourceIdentity': 'x' } },
            },
          ],
        }),
      })
    const going = `daypass-end-${past + 3_600}-0`
    await put(`daypass-end-${past}-1`)
    await put(going)
    await opened({ denyEnded: true }).maintain?.()
    expect(await denials()).toEqual([going])
    await put(`daypass-end-${past}-2`)
    const connector = opened({ denyEnded: true })
    const access = order(content)
    await connector.revoke(access)
    expect(await denials()).toHaveLength(2)
    await connector.grant(access)
    await target.root.iam.deleteRolePolicy({ RoleName: 'support', PolicyName: going })
  })

  it('a denial that IAM does not take, or takes and does not keep, is no end', async () => {
    const { target, order } = world()
    const connector = opened({ denyEnded: true })
    const access = order(content)
    await connector.grant(access)
    target.gateway.next('PutRolePolicy', { says: '' }, 20)
    await expect(connector.revoke(access)).rejects.toMatchObject({ retryable: true })
    target.gateway.calm()
    target.gateway.next('PutRolePolicy', { status: 409, code: 'LimitExceeded' })
    const full = await failure(connector.revoke(access))
    expect(full).toMatchObject({ code: 'still_present', retryable: true })
    expect(full.message).toContain('no room')
    await connector.revoke(access)
    await connector.grant(access)
  })

  it('a lease that is over, and content without a role, open no session', async () => {
    const { order } = world()
    const connector = opened()
    const over = order(content, { until: new Date(Date.now() - 1_000) })
    await expect(connector.grant(over)).rejects.toMatchObject({ code: 'conflict', retryable: false })
    await expect(connector.issueCredentials?.(over)).rejects.toMatchObject({ code: 'not_granted' })
    const { role: _, ...rest } = content
    await expect(connector.grant(order(rest))).rejects.toMatchObject({ code: 'misconfigured' })
  })

  it('`check` opens a session for nobody, and says why it cannot', async () => {
    const { target } = world()
    const { admin } = target
    const former = admin.rights
    const what = async (connector: Connector) => (await problemsOf(connector))[0]?.what
    expect(await what(opened({ denyEnded: true }))).toBeUndefined()
    expect(await what(opened({}, content, { sessionsLast: '2h' }))).toMatch(
      /no session of .*MaxSessionDuration/,
    )
    expect(await what(opened({}, { role: `${prepared}s` }))).toMatch(/no session of .* can be opened/)
    expect(await what(opened({}, { policies: [policyArn('read-orders')] }))).toMatch(/names no prepared role/)
    const long = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'x'.repeat(1_800) }
    expect(await what(opened({}, { role: prepared, statements: [long] }))).toMatch(/longer than STS takes/)
    for (const right of [
      'sts:SetSourceIdentity',
      'sts:AssumeRole',
      'iam:ListRolePolicies',
      'iam:DeleteRolePolicy',
    ]) {
      admin.rights = { Statement: [...former.Statement, { Effect: 'Deny', Action: right, Resource: '*' }] }
      expect(await what(opened({ denyEnded: true })), right).toMatch(
        right.startsWith('sts') ? /no session of/ : new RegExp(right),
      )
    }
    admin.rights = former
    const error = await failure(
      opened({}, content, { sessionsLast: '2h' }).issueCredentials?.(
        world().order(content, { until: new Date(Date.now() + 8 * 3_600_000) }),
      ) ?? Promise.resolve(),
    )
    expect(error).toMatchObject({ code: 'misconfigured', retryable: false })
    expectNoSecret(world(), error)
  })
}
