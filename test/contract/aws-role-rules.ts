import { expect, it } from 'vitest'
import { isTrusted, type Policy } from '../../fixtures/targets/aws/policies.ts'
import { account } from '../../fixtures/targets/aws/root.ts'
import { keysOf, useKeys } from '../../fixtures/targets/aws.ts'
import { expectNoSecret, failure } from './_contract-tools.ts'
import { problemsOf } from './aws-center-rules.ts'
import { type AwsRoleWorld, boundary, readOrders, roleOf } from './aws-role-world.ts'
import { policyArn } from './aws-world.ts'

const object = 'arn:aws:s3:::orders/1'

/** A role of the lease: what it gives, and how it ends. */
export function awsRoleRules(world: () => AwsRoleWorld): void {
  it('AWS itself ends a lease that is shorter than its shortest session, to the second', async () => {
    const { connector, order, issue, target } = world()
    const until = new Date(Date.now() + 60_000)
    const access = order(readOrders, { until })
    await connector.grant(access)
    const credentials = await issue(access)
    expect(credentials.expiresAt).toEqual(until)
    const { accessKeyId } = keysOf(credentials)
    const session = target.sessions.all.find((one) => one.accessKeyId === accessKeyId)
    expect((session?.expiresAt.getTime() ?? 0) - (session?.issuedAt.getTime() ?? 0)).toBe(900_000)
    const may = (at: number) => target.sessions.allows(accessKeyId, 's3:GetObject', object, new Date(at))
    expect(await may(until.getTime() - 2_000)).toBe(true)
    expect(await may(until.getTime())).toBe(false)
    expect(await may(until.getTime() + 300_000)).toBe(false)
    await connector.grant({ ...access, until: new Date(until.getTime() + 120_000) })
    expect(await may(until.getTime() + 60_000)).toBe(true)
    await connector.revoke(access)
  })

  it('a long lease has sessions of an hour, which can be shown again', async () => {
    const { connector, order, issue } = world()
    const access = order(readOrders, { until: new Date(Date.now() + 8 * 3_600_000) })
    await connector.grant(access)
    const { expiresAt } = await issue(access)
    expect(Math.abs(expiresAt.getTime() - Date.now() - 3_600_000)).toBeLessThan(5_000)
    await connector.revoke(access)
  })

  it('only Daypass, only for this lease and only until its end may open a session', async () => {
    const { connector, order, target } = world()
    const access = order(readOrders)
    await connector.grant(access)
    const { Role } = await target.root.iam.getRole({ RoleName: roleOf(access) })
    const trust: Policy = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))
    const context = {
      'aws:PrincipalArn': target.admin.arn,
      'sts:SourceIdentity': roleOf(access),
      'aws:CurrentTime': new Date().toISOString(),
    }
    const opens = (changes: object) =>
      isTrusted(trust, { action: 'sts:AssumeRole', resource: '*', context: { ...context, ...changes } })
    expect(opens({})).toBe(true)
    expect(opens({ 'aws:PrincipalArn': `arn:aws:iam::${account}:user/mallory` })).toBe(false)
    expect(opens({ 'sts:SourceIdentity': 'daypass-other' })).toBe(false)
    expect(opens({ 'aws:CurrentTime': access.until.toISOString() })).toBe(false)
    await connector.revoke(access)
  })

  it('the holder makes no access that outlives the lease, whatever the entitlement says', async () => {
    const { connector, order, issue, target } = world()
    const access = order({ statements: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
    await connector.grant(access)
    const { accessKeyId } = keysOf(await issue(access))
    const may = (action: string) => target.sessions.allows(accessKeyId, action, '*')
    expect(await may('s3:DeleteObject')).toBe(true)
    for (const action of [
      ...['iam:PutRolePolicy', 'iam:CreateAccessKey', 'iam:PassRole', 'sts:AssumeRole'],
      ...[
        'sso:CreateAccountAssignment',
        'identitystore:CreateGroupMembership',
        'organizations:LeaveOrganization',
      ],
    ])
      expect(await may(action), action).toBe(false)
    await connector.revoke(access)
  })

  it('a grant once more takes away what a hand added, and puts back boundary, guard and trust', async () => {
    const { connector, order, handChanges, target } = world()
    const access = order(readOrders)
    const state = async () => {
      const RoleName = roleOf(access)
      const { Role } = await target.root.iam.getRole({ RoleName })
      const { PolicyNames } = await target.root.iam.listRolePolicies({ RoleName })
      const { AttachedPolicies = [] } = await target.root.iam.listAttachedRolePolicies({ RoleName })
      const guard = await target.root.iam.getRolePolicy({ RoleName, PolicyName: 'daypass-guard' })
      return {
        trust: Role?.AssumeRolePolicyDocument,
        boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
        inline: PolicyNames,
        attached: AttachedPolicies.map(({ PolicyArn }) => PolicyArn),
        guard: guard.PolicyDocument,
      }
    }
    await connector.grant(access)
    const before = await state()
    expect(before).toMatchObject({ boundary, attached: [policyArn('read-orders')] })
    for (const [name, change] of Object.entries(handChanges)) {
      if (['removed', 'put into an instance profile'].includes(name)) continue
      await change(access)
      expect(await state(), name).not.toEqual(before)
      await connector.grant(access)
      expect(await state(), name).toEqual(before)
    }
    await connector.revoke(access)
  })

  it('every session is denied before anything else is done, so that a revocation that dies has ended the access', async () => {
    const { connector, order, issue, target, holds } = world()
    const access = order(readOrders)
    await connector.grant(access)
    const credentials = await issue(access)
    target.gateway.next('ListAttachedRolePolicies', { status: 500, code: 'ServiceFailure' })
    await expect(connector.revoke(access)).rejects.toMatchObject({ code: 'unreachable', retryable: true })
    expect(await holds(access)).toBe(false)
    expect(await useKeys(target, credentials)).toBe(false)
    await expect(connector.issueCredentials?.(access)).rejects.toMatchObject({ code: 'not_granted' })
    target.gateway.calls.length = 0
    await connector.revoke(access)
    const order_ = ['PutRolePolicy', 'DetachRolePolicy', 'DeleteRolePolicy', 'DeleteRole', 'GetRole']
    const places = order_.map((operation) => target.gateway.calls.lastIndexOf(operation))
    expect(places).toEqual([...places].sort((one, other) => one - other))
  })

  it('IAM that takes a deletion and does nothing is no end', async () => {
    const { connector, order, target } = world()
    const access = order(readOrders)
    await connector.grant(access)
    target.gateway.next('DeleteRole', { says: '' }, 20)
    await expect(connector.revoke(access)).rejects.toMatchObject({ retryable: true })
    target.gateway.calm()
    await connector.revoke(access)
  })

  it('IAM that takes a policy and does nothing is no grant', async () => {
    const { order, target, withSettings, connector } = world()
    for (const operation of ['PutRolePolicy', 'AttachRolePolicy']) {
      const access = order(readOrders)
      target.gateway.next(operation, { says: '' }, 20)
      const error = await failure(withSettings({ timeout: '2s' }).grant(access))
      expect(error, operation).toMatchObject({ retryable: true })
      target.gateway.calm()
      await connector.revoke(access)
    }
  })

  it('a role that IAM does not know everywhere yet is waited for', async () => {
    const { connector, order, issue, target } = world()
    const access = order(readOrders)
    await connector.grant(access)
    target.gateway.next('AssumeRole', { status: 403, code: 'AccessDenied' }, 2)
    expect(await useKeys(target, await issue(access))).toBe(true)
    await connector.revoke(access)
  })

  it('the first keys wait for nothing, and the next ones deny them however soon they are shown', async () => {
    const { connector, order, issue, target } = world()
    const access = order(readOrders)
    const deniedBefore = async () => {
      const guard = { RoleName: roleOf(access), PolicyName: 'daypass-guard' }
      const { PolicyDocument = '' } = await target.root.iam.getRolePolicy(guard)
      const [, instant = ''] = /"aws:TokenIssueTime":"([^"]+)"/.exec(decodeURIComponent(PolicyDocument)) ?? []
      return new Date(instant).getTime()
    }
    await connector.grant(access)
    await issue(access)
    const first = await deniedBefore()
    expect(first).toBeLessThanOrEqual(Date.now())
    await issue(access)
    expect(await deniedBefore()).toBeGreaterThan(first)
    await connector.revoke(access)
  })

  it('credentials that are made while the lease ends let nobody in', async () => {
    const { connector, order, target } = world()
    const access = order(readOrders)
    await connector.grant(access)
    const issuing = Promise.resolve(connector.issueCredentials?.(access)).catch(() => null)
    await connector.revoke(access)
    const credentials = await issuing
    expect(credentials ? await useKeys(target, credentials) : false).toBe(false)
    await connector.revoke(access)
  })

  it('a role of the same name elsewhere is not taken for that of the lease', async () => {
    const { connector, order, target } = world()
    const access = order(readOrders)
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [] })
    await target.root.iam.createRole({ RoleName: roleOf(access), AssumeRolePolicyDocument: trust })
    await expect(connector.grant(access)).rejects.toMatchObject({ code: 'conflict', retryable: false })
    await target.root.iam.deleteRole({ RoleName: roleOf(access) })
  })

  it.each(['Throttling', 'ThrottlingException'])(
    '%s is waited for, and told when it goes on',
    async (code) => {
      const { connector, order, target } = world()
      const access = order(readOrders)
      target.gateway.next('CreateRole', { status: 400, code }, 2)
      await connector.grant(access)
      target.gateway.next('PutRolePolicy', { status: 400, code, retryAfter: '20' })
      const error = await failure(connector.revoke(access))
      expect(error).toMatchObject({ code: 'throttled', retryable: true, retryAfterSeconds: 20 })
      await connector.revoke(access)
    },
  )

  it('the keys are in the credentials, and nowhere else', async () => {
    const { connector, order, issue } = world()
    const access = order(readOrders)
    const granted = await connector.grant(access)
    const { secretAccessKey, sessionToken } = keysOf(await issue(access))
    const secrets = [secretAccessKey, sessionToken]
    expectNoSecret({ ...world(), secrets }, granted)
    expectNoSecret({ ...world(), secrets }, await connector.grant(access))
    expectNoSecret({ ...world(), secrets }, await connector.revoke(access))
  })
}

/** What an administrator may have got wrong. */
export function awsRoleCheckRules(world: () => AwsRoleWorld): void {
  const withRights = async (change: (rights: Policy) => Policy, work: () => Promise<void>) => {
    const { admin } = world().target
    const former = admin.rights
    admin.rights = change(former)
    await work().finally(() => {
      admin.rights = former
    })
  }
  const without = (Action: string) => (rights: Policy) => ({
    Statement: [...rights.Statement, { Effect: 'Deny', Action, Resource: '*' }],
  })

  it('`check` names every right that is missing, and changes nothing', async () => {
    const { connector, rawState } = world()
    // Those that make something show at the first lease.
    const shown = /CreateRole|PutRolePermissionsBoundary|TagRole|AttachRolePolicy|RemoveRole|sts:/
    const rights = world()
      .target.admin.rights.Statement.flatMap(({ Action }) => [Action ?? []].flat())
      .filter((right) => !shown.test(right))
    expect(rights.length).toBeGreaterThan(10)
    for (const right of rights)
      await withRights(without(right), async () => {
        const [problem] = await problemsOf(connector)
        expect(problem?.what, right).toContain(right)
      })
    expect(await rawState()).toEqual([])
  })

  it('rights by path alone do not cover a role that is gone: `check` says so', async () => {
    const { connector, order } = world()
    const byPath = (rights: Policy): Policy =>
      JSON.parse(JSON.stringify(rights).replaceAll(`,"arn:aws:iam::${account}:role/daypass-*"`, ''))
    await withRights(byPath, async () => {
      expect((await problemsOf(connector))[0]?.what).toContain('iam:GetRole')
      await expect(connector.revoke(order(readOrders))).rejects.toMatchObject({ code: 'permission' })
    })
  })

  it.each(['iam:CreateRole', 'iam:AttachRolePolicy'])('without %s, a grant says so', async (right) => {
    const { connector, order } = world()
    const access = order(readOrders)
    await withRights(without(right), async () => {
      const error = await failure(connector.grant(access))
      expect(error).toMatchObject({ code: 'permission', retryable: false })
      expect(error.message).toContain(right)
    })
    await connector.revoke(access)
  })

  it('Daypass may not make a role with another boundary, nor attach another policy', async () => {
    const { withSettings, order, connector } = world()
    const access = order(readOrders)
    const other = withSettings({ leaseRoles: { boundary: policyArn('other') } })
    await expect(other.grant(access)).rejects.toMatchObject({ code: 'permission' })
    const more = order({ policies: [policyArn('other')] })
    await expect(connector.grant(more)).rejects.toMatchObject({ code: 'permission' })
    await connector.revoke(more)
  })

  it('`check` says what is wrong in the catalog', async () => {
    const { withSettings, target } = world()
    const what = async (settings: object, content?: Readonly<Record<string, unknown>>) =>
      (await problemsOf(withSettings({ ...settings }, content && { access: content })))[0]?.what
    const of = (arn: string) => ({ leaseRoles: { boundary: arn } })
    expect(await what(of(policyArn('nothing')))).toMatch(/there is no policy/)
    expect(await what(of('arn:aws:iam::000000000001:policy/b'))).toMatch(/is of account 000000000001/)
    expect(await what({}, { policies: [policyArn('nothing')] })).toMatch(/there is no policy/)
    expect(await what({}, { role: 'arn:aws:iam::123456789012:role/a' })).toMatch(/gives no role of the lease/)
    const long = { Effect: 'Allow', Action: 's3:GetObject', Resource: ['x'.repeat(9_300)] }
    expect(await what({}, { statements: [long] })).toMatch(/longer than IAM takes/)
    const caller = (arn: string) => ({
      says: `<GetCallerIdentityResult><Arn>${arn}</Arn><UserId>x</UserId><Account>${account}</Account></GetCallerIdentityResult>`,
    })
    target.gateway.next('GetCallerIdentity', caller(`arn:aws:sts::${account}:assumed-role/Daypass/i-1`))
    expect(await what({ sessionsLast: '2h' })).toMatch(/an hour at most/)
    target.gateway.next('GetCallerIdentity', caller(`arn:aws:iam::${account}:root`))
    expect(await what({})).toMatch(/works as the root user/)
  })
}
