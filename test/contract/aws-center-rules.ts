import { expect, it, vi } from 'vitest'
import { account } from '../../fixtures/targets/aws/root.ts'
import type { Connector } from '../../src/domain/connector.ts'
import { expectNoSecret, failure } from './_contract-tools.ts'
import type { AwsCenterWorld } from './aws-center-world.ts'
import { leaseOf } from './connector-logins.ts'

export async function problemsOf(connector: Connector) {
  const diagnosis = await connector.check()
  return diagnosis.ok ? [] : diagnosis.problems
}

/** AWS works for a while, fails, and says so. */
export function awsProvisioningRules(world: () => AwsCenterWorld): void {
  const calm = () => {
    Object.assign(world().target.assignments.provisioning, { polls: 0, failure: null, duplicates: false })
    world().target.gateway.calm()
  }

  it('nobody is told before SUCCEEDED, also if the list shows it: the next attempt waits for the same request', async () => {
    const { target, withSettings, connector, freshAccess, giveByHand, isIn } = world()
    const order = freshAccess()
    const login = order.holder.identity ?? ''
    const begun = target.assignments.begun('creation')
    target.assignments.provisioning.polls = Number.POSITIVE_INFINITY
    const hasty = withSettings({ timeout: '1s' })
    for (const listed of [false, true]) {
      if (listed) await giveByHand?.(order)
      const error = await failure(hasty.grant(order))
      expect(error).toMatchObject({ code: 'timeout', retryable: true })
      expect(error.message).toContain('IN_PROGRESS')
    }
    expect(target.assignments.begun('creation') - begun).toBe(1)
    const granting = connector.grant(order)
    await target.assignments.finish()
    calm()
    expect(await granting).toMatchObject({ facts: { present: true, sessionSeconds: 7_200 } })
    await connector.revoke(order)
    expect(await isIn(login)).toBe(0)
  })

  it.each([1, 4])('AWS is asked %i times until it says SUCCEEDED', async (polls) => {
    const { target, connector, freshAccess, holds } = world()
    const order = freshAccess()
    target.assignments.provisioning.polls = polls
    await connector.grant(order)
    expect(await holds(order)).toBe(true)
    await connector.revoke(order)
    expect(await holds(order)).toBe(false)
    calm()
  })

  it('FAILED is an error with the reason of AWS, also if the list shows the assignment', async () => {
    const { target, connector, freshAccess, giveByHand, holds } = world()
    for (const listed of [false, true]) {
      const order = freshAccess()
      if (listed) await giveByHand?.(order)
      target.assignments.provisioning.failure =
        'Received a 404 status error:\n Not supported on AWS control plane'
      target.assignments.provisioning.polls = 1
      const error = await failure(connector.grant(order))
      expect(error).toMatchObject({ code: 'conflict', retryable: true })
      expect(error.message).toContain('Received a 404 status error: Not supported')
      calm()
      await connector.grant(order)
      await connector.revoke(order)
      expect(await holds(order)).toBe(false)
    }
  })

  it('a deletion that FAILED, or is IN_PROGRESS for long, is no end', async () => {
    const { target, connector, withSettings, freshAccess, holds } = world()
    const order = freshAccess()
    await connector.grant(order)
    target.assignments.provisioning.failure = 'Role is in use'
    const error = await failure(connector.revoke(order))
    expect(error).toMatchObject({ code: 'still_present', retryable: true })
    expect(error.message).toContain('Role is in use')
    expect(await holds(order)).toBe(true)
    calm()
    target.assignments.provisioning.polls = Number.POSITIVE_INFINITY
    const hasty = withSettings({ timeout: '1s' })
    await expect(hasty.revoke(order)).rejects.toMatchObject({ code: 'timeout', retryable: true })
    await expect(hasty.revoke(order)).rejects.toMatchObject({ code: 'timeout', retryable: true })
    const revoking = connector.revoke(order)
    await target.assignments.finish()
    calm()
    expect(await revoking).toMatchObject({ facts: { present: false } })
    expect(await holds(order)).toBe(false)
  })

  it('a creation that is still in progress does not bring back what was taken away', async () => {
    const { target, connector, withSettings, freshAccess, holds } = world()
    const order = freshAccess()
    target.assignments.provisioning.polls = Number.POSITIVE_INFINITY
    await failure(withSettings({ timeout: '1s' }).grant(order))
    await expect(withSettings({ timeout: '1s' }).revoke(order)).rejects.toMatchObject({ code: 'timeout' })
    calm()
    const revoking = connector.revoke(order)
    await target.assignments.finish()
    await revoking
    await target.assignments.finish()
    expect(await holds(order)).toBe(false)
  })

  it('a deletion that is still in progress does not take away what is given again', async () => {
    const { target, connector, withSettings, freshAccess, holds } = world()
    const order = freshAccess()
    await connector.grant(order)
    target.assignments.provisioning.polls = Number.POSITIVE_INFINITY
    await failure(withSettings({ timeout: '1s' }).revoke(order))
    calm()
    const granting = connector.grant(order)
    await target.assignments.finish()
    await granting
    expect(await holds(order)).toBe(true)
    await connector.revoke(order)
  })

  it('duplicates are all taken away', async () => {
    const { target, connector, freshAccess, isIn } = world()
    const order = freshAccess()
    target.assignments.provisioning.duplicates = true
    for (let count = 0; count < 3; count += 1) await connector.grant(order)
    expect(await isIn(order.holder.identity ?? '')).toBe(3)
    await connector.revoke(order)
    expect(await isIn(order.holder.identity ?? '')).toBe(0)
    calm()
  })

  it('an answer that says SUCCEEDED, where nothing was done, proves nothing', async () => {
    const { target, connector, freshAccess, holds } = world()
    const order = freshAccess()
    const done = { Status: 'SUCCEEDED', RequestId: '00000000-0000-4000-8000-000000000000' }
    target.gateway.next('CreateAccountAssignment', { says: { AccountAssignmentCreationStatus: done } }, 9)
    const grant = await failure(world().withSettings({ timeout: '3s' }).grant(order))
    expect(grant).toMatchObject({ code: 'timeout', retryable: true })
    calm()
    await connector.grant(order)
    target.gateway.next('DeleteAccountAssignment', { says: { AccountAssignmentDeletionStatus: done } }, 9)
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'still_present', retryable: true })
    expect(await holds(order)).toBe(true)
    calm()
    await connector.revoke(order)
    expect(await holds(order)).toBe(false)
  })

  it('what AWS did and told as a fault is found', async () => {
    const { target, connector, freshAccess, holds } = world()
    const order = freshAccess()
    const fault = { doneAndTold: { status: 500, code: 'InternalServerException' } }
    target.gateway.next('CreateAccountAssignment', fault)
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'unreachable', retryable: true })
    await connector.grant(order)
    target.gateway.next('DeleteAccountAssignment', fault)
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'unreachable', retryable: true })
    await connector.revoke(order)
    expect(await holds(order)).toBe(false)
  })

  it('while something else is done to the same assignment, it waits', async () => {
    const { target, connector, freshAccess, holds } = world()
    const order = freshAccess()
    const busy = { status: 400, code: 'ConflictException' }
    target.gateway.next('CreateAccountAssignment', busy, 2)
    target.gateway.next('DeleteAccountAssignment', busy, 2)
    await connector.grant(order)
    expect(await holds(order)).toBe(true)
    await connector.revoke(order)
    expect(await holds(order)).toBe(false)
  })
}

/** AWS asks for fewer calls. */
export function awsThrottlingRules(world: () => AwsCenterWorld): void {
  const throttled = { status: 400, code: 'ThrottlingException' }

  it.each([
    ['without a pause', throttled],
    ['with a pause of a second', { ...throttled, retryAfter: '1' }],
  ])('a few throttled calls %s are made again', async (_, fault) => {
    const { target, connector, freshAccess, holds } = world()
    const order = freshAccess()
    for (const operation of ['GetUserId', 'CreateAccountAssignment', 'ListAccountAssignments'])
      target.gateway.next(operation, fault)
    await connector.grant(order)
    expect(await holds(order)).toBe(true)
    target.gateway.next('DeleteAccountAssignment', fault, 2)
    await connector.revoke(order)
    expect(await holds(order)).toBe(false)
  })

  it.each([
    ['a number of seconds', () => '30'],
    ['an instant', () => new Date(Date.now() + 30_000).toUTCString()],
  ])('a long pause that is given as %s is passed on at once', async (_, retryAfter) => {
    const { target, connector, freshAccess } = world()
    target.gateway.next('*', { ...throttled, retryAfter: retryAfter() })
    const error = await failure(connector.grant(freshAccess()))
    expect(error).toMatchObject({ code: 'throttled', retryable: true })
    expect(error.retryAfterSeconds).toBeGreaterThan(27)
    expect(error.retryAfterSeconds).toBeLessThan(32)
  })

  it('endless throttling ends as an error, and the poll goes on with the same request', async () => {
    const { target, connector, freshAccess, holds } = world()
    const order = freshAccess()
    target.assignments.provisioning.polls = 2
    const begun = target.assignments.begun('creation')
    target.gateway.next('DescribeAccountAssignmentCreationStatus', throttled, 4)
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'throttled', retryable: true })
    await connector.grant({ ...order, given: {} })
    expect(target.assignments.begun('creation') - begun).toBe(1)
    target.assignments.provisioning.polls = 0
    expect(await holds(order)).toBe(true)
    await connector.revoke(order)
  })
}

/** Whose access it is, and what goes on after the end. */
export function awsLoginRules(world: () => AwsCenterWorld): void {
  it('the end says until when sessions go on: as long as the permission set let them last', async () => {
    const { target, connector, freshAccess, permissionSet, userIdOf } = world()
    const order = freshAccess()
    const { facts } = await connector.grant(order)
    const session = await target.signIn(userIdOf(order.holder.identity ?? ''), permissionSet)
    const other = { ...freshAccess(), holder: order.holder }
    expect(await connector.revoke({ ...order, alsoHeld: [leaseOf(other)] })).not.toHaveProperty(
      'residualUntil',
    )
    await target.root.sso.updatePermissionSet({
      InstanceArn: target.root.instance,
      PermissionSetArn: permissionSet.replace(':::permissionSet', ':::instance'),
      SessionDuration: 'PT1H',
    })
    const { readAt, residualUntil } = await connector.revoke({ ...order, given: facts })
    await target.root.sso.updatePermissionSet({
      InstanceArn: target.root.instance,
      PermissionSetArn: permissionSet.replace(':::permissionSet', ':::instance'),
      SessionDuration: 'PT2H',
    })
    expect(residualUntil).toEqual({
      at: new Date(readAt.getTime() + 2 * 3_600_000),
      what: 'AWS sessions opened before',
    })
    expect(session?.getTime()).toBeLessThanOrEqual(residualUntil?.at?.getTime() ?? 0)
  })

  it('access through a group is standing access before, and is said to remain after', async () => {
    const { target, connector, freshAccess, permissionSet, group, userIdOf } = world()
    const { sso, store, instance, storeId } = target.root
    const assignment = {
      InstanceArn: instance,
      TargetId: account,
      TargetType: 'AWS_ACCOUNT' as const,
      PermissionSetArn: permissionSet.replace(':::permissionSet', ':::instance'),
      PrincipalType: 'GROUP' as const,
      PrincipalId: group,
    }
    await sso.createAccountAssignment(assignment)
    const order = freshAccess()
    expect(await connector.standing?.(order)).toBeNull()
    await connector.grant(order)
    const membership = await store.createGroupMembership({
      IdentityStoreId: storeId,
      GroupId: group,
      MemberId: { UserId: userIdOf(order.holder.identity ?? '') },
    })
    const { remains } = await connector.revoke(order)
    expect(remains).toMatch(
      /still has Administrator in account 123456789012 as a member of the group Admins\.$/,
    )
    expect(await connector.standing?.(order)).toMatch(/ as a member of the group Admins\.$/)
    await store.deleteGroupMembership({ IdentityStoreId: storeId, MembershipId: membership.MembershipId })
    await sso.deleteAccountAssignment(assignment)
    expect(await connector.revoke(order)).not.toHaveProperty('remains')
  })

  it('a name that passed to another user ends the access of the first, and leaves that of the other', async () => {
    const { connector, access, isIn, newUser, userIdOf } = world()
    const [one, other] = [access(), access()]
    const before = await connector.lookBefore?.(one)
    expect(before).toEqual({ user: userIdOf(one.holder.identity ?? '') })
    await connector.grant({ ...one, ...(before && { before }) })
    await connector.grant(other)
    const renamed = { ...one, holder: other.holder, ...(before && { before }) }
    const foreign = { ...leaseOf(other), before: { user: userIdOf(other.holder.identity ?? '') } }
    await connector.revoke({ ...renamed, alsoHeld: [foreign] })
    expect([await isIn(one.holder.identity ?? ''), await isIn(other.holder.identity ?? '')]).toEqual([0, 1])
    await connector.revoke(other)
    const gone = { ...access({ login: 'nobody@acme.test' }) }
    await expect(connector.revoke(gone)).rejects.toMatchObject({ code: 'still_present', retryable: true })
    await expect(connector.grant(gone)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
    await expect(
      connector.revoke({ ...gone, given: { user: userIdOf(await newUser()) } }),
    ).resolves.toBeTruthy()
  })

  it.each(['email', 'id'])('the login may be the %s of the user', async (login) => {
    const { access, withSettings, isIn, userIdOf, target } = world()
    const instance = { instance: target.root.instance, login }
    const connector = withSettings({ identityCenter: instance })
    const order = access()
    const userName = order.holder.identity ?? ''
    const number = /\.(\d+)@/.exec(userName)?.[1]
    const identity = login === 'id' ? userIdOf(userName) : `mail-${number}@acme.test`
    const same = { ...order, holder: { ...order.holder, identity } }
    await connector.grant(same)
    expect(await isIn(userName)).toBe(1)
    await connector.revoke(same)
    expect(await isIn(userName)).toBe(0)
  })

  it('shows the way in without a secret, and nothing where the catalog names no portal', async () => {
    const { connector, freshAccess, withSettings, target } = world()
    const order = freshAccess()
    await expect(connector.issueCredentials?.(order)).rejects.toMatchObject({ code: 'not_granted' })
    await connector.grant(order)
    const credentials = await connector.issueCredentials?.(order)
    expect(credentials?.fields[0]?.value).toBe(
      'https://d-1.awsapps.com/start/#/console?account_id=123456789012&role_name=Administrator',
    )
    expect(credentials?.commands[0]?.text).toContain('sso_role_name = Administrator')
    expectNoSecret(world(), credentials)
    const plain = withSettings({ identityCenter: { instance: target.root.instance } })
    expect(await plain.issueCredentials?.(order)).toBeNull()
    await connector.revoke(order)
  })
}

/** What an administrator may have got wrong. */
export function awsCenterCheckRules(world: () => AwsCenterWorld): void {
  const rights = () =>
    world()
      .target.admin.rights.Statement.flatMap(({ Action }) => [Action ?? []].flat())
      .filter(
        // Groups and ids are asked about where the catalog has them; the right to create shows at the first lease.
        (right) => !/Group|DescribeUser|CreateAccountAssignment/.test(right),
      )
  const without = async (right: string, work: () => Promise<void>) => {
    const { admin } = world().target
    const former = admin.rights
    admin.rights = { Statement: [...former.Statement, { Effect: 'Deny', Action: right, Resource: '*' }] }
    await work().finally(() => {
      admin.rights = former
    })
  }

  it('`check` names every right that is missing, and changes nothing', async () => {
    const { connector, target, rawState } = world()
    const before = await rawState()
    target.gateway.calls.length = 0
    expect(await problemsOf(connector)).toEqual([])
    expect(target.gateway.calls).not.toContain('CreateAccountAssignment')
    expect(rights().length).toBeGreaterThan(8)
    for (const right of rights())
      await without(right, async () => {
        const [problem] = await problemsOf(connector)
        expect(problem?.what, right).toContain(right)
        expect(problem?.remedy).toMatch(/\w/)
      })
    expect(await rawState()).toEqual(before)
  })

  it('without the right to assign, a grant says so', async () => {
    const { connector, freshAccess } = world()
    await without('sso:CreateAccountAssignment', async () => {
      const error = await failure(connector.grant(freshAccess()))
      expect(error).toMatchObject({ code: 'permission', retryable: false })
      expect(error.message).toContain('sso:CreateAccountAssignment')
    })
  })

  it('`check` says what is wrong in the catalog', async () => {
    const { content, permissionSet, withSettings, group } = world()
    const of = async (changes: object) =>
      (await problemsOf(withSettings({}, { ...content, ...changes })))[0]?.what
    const other = 'arn:aws:sso:::instance/ssoins-0000000000000000'
    expect((await problemsOf(withSettings({ identityCenter: { instance: other } })))[0]?.what).toMatch(
      /has no Identity Center instance .* It has arn:aws:sso/,
    )
    expect(await of({ permissionSet: permissionSet.replace(/ps-.*/, 'ps-0000000000000000') })).toMatch(
      /there is no permission set/,
    )
    expect(await of({ permissionSet: permissionSet.replace(/ssoins-\w+/, 'ssoins-1') })).toMatch(
      /another instance/,
    )
    expect(await of({ group: '00000000-0000-4000-8000-000000000001' })).toMatch(/there is no group/)
    expect(await of({ group })).toMatch(/is not assigned its permission set/)
    const role = withSettings({}, { policies: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] })
    expect((await problemsOf(role))[0]?.what).toMatch(/gives a role/)
  })

  it('a group without its assignment would give nothing, so it is not granted', async () => {
    const { access, connector, content, group, isIn } = world()
    const order = access({ content: { ...content, group } })
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
    expect(await isIn(order.holder.identity ?? '')).toBe(0)
  })

  it('AWS tells no secret through an error', async () => {
    const { connector, freshAccess, target } = world()
    const message = 'The Canonical String should have been x-amz-security-token:s3cr3t-token'
    for (const code of [
      'SignatureDoesNotMatch',
      'InternalServerException',
      'SomethingNew',
      'AccessDeniedException',
    ]) {
      target.gateway.next('*', { status: 403, code, message })
      const error = await failure(connector.grant(freshAccess()))
      expectNoSecret({ ...world(), secrets: ['s3cr3t-token'] }, error)
      expect(error.message).toContain(code)
    }
  })

  it('without credentials, it says where they come from', async () => {
    const { withSettings, freshAccess } = world()
    vi.stubEnv('AWS_ACCESS_KEY_ID', '')
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    const error = await failure(withSettings({}).grant(freshAccess()))
    vi.unstubAllEnvs()
    expect(error).toMatchObject({
      code: 'permission',
      message: expect.stringContaining('no valid credentials'),
    })
  })

  it.each([
    [{ leaseRoles: { boundary: 'arn:aws:iam::123456789012:policy/b' } }, /one of `identityCenter`/],
    [{ region: 'Frankfurt' }, /such as eu-central-1/],
    [{ sessionsLast: '5m' }, /15m to 12h/],
    [{ endpoint: 'http://aws.example.com' }, /expected https/],
    [{ identityCenter: { instance: 'ssoins-1' } }, /arn:aws:sso:::instance/],
  ])('settings %j are refused', (settings, why) => {
    expect(() => world().withSettings(settings)).toThrow(why)
  })

  it.each([
    { account: '123456789012' },
    { permissionSet: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1' },
    { account: 123_456_789_012, permissionSet: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1' },
    {
      account: '123456789012',
      permissionSet: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1',
      role: 'arn:aws:iam::123456789012:role/a',
    },
    { statements: [{ Effect: 'Allow', Resource: '*' }] },
    { statements: [{ Effect: 'Allow', Action: '*', Resource: '*', Principal: '*' }] },
    {},
  ])('content %j is refused', (content) => {
    expect(() => world().withSettings({}, content)).toThrow(/not understood/)
  })
}
