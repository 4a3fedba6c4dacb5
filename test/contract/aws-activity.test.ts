import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { motoMissing } from '../../fixtures/targets/aws/moto.ts'
import type { TrailCall } from '../../fixtures/targets/aws/trail.ts'
import { aws } from '../../src/connectors/aws/connector.ts'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { skipLoudly } from '../_redis.ts'
import { type AwsRoleWorld, makeAwsRoleWorld, readOrders, roleOf } from './aws-role-world.ts'
import { countsOf, lookAt } from './connector-activity.ts'

/** What Daypass tells of a lease, compared with the calls that its holder made. */
describe.skipIf(skipLoudly('what holders of AWS leases did', motoMissing))('what a holder did', () => {
  let world: AwsRoleWorld
  const trail = () => world.target.trail
  const note = (access: AccessOrder, name: string, changes: Partial<TrailCall> = {}) =>
    trail().note({
      service: 'dynamodb.amazonaws.com',
      name,
      session: 'AR-1042-U0CASEY',
      source: roleOf(access),
      address: '198.51.100.7',
      at: new Date('2026-11-30T10:00:00Z'),
      isRead: true,
      ...changes,
    })

  beforeAll(async () => {
    world = await makeAwsRoleWorld()
    const { rights } = world.target.admin
    const statement = { Effect: 'Allow', Action: 'cloudtrail:LookupEvents', Resource: '*' }
    world.target.admin.rights = { Statement: [...rights.Statement, statement] }
  }, 60_000)
  afterAll(() => world?.close())

  it('is told by the name and the source of its sessions, once CloudTrail shows it', async () => {
    const connector = world.withSettings({ activity: 'cloudtrail' })
    const [access, unused] = [world.order(readOrders), world.order(readOrders)]
    note(access, 'DescribeTable')
    note(access, 'DescribeTable', { at: new Date('2026-11-30T10:05:00Z') })
    note(access, 'UpdateTable', { isRead: false, address: '2001:db8::7' })
    note(access, 'DeleteTable', { isRead: false, error: 'AccessDenied' })
    // Somebody else took the name of the session for one of theirs.
    note(access, 'ListTables', { source: 'daypass-other' })
    const [late] = await lookAt(connector, access)
    expect(late).toMatchObject({ operations: [], lastUsedAt: null, isCounted: false })
    trail().show()
    // Each lease is asked for every five minutes.
    expect((await lookAt(connector, access))[0]).toBe(late)
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 301_000)
    const [look, other] = await lookAt(connector, access, unused)
    vi.restoreAllMocks()
    expect(countsOf(look)).toEqual({ 'dynamodb:DescribeTable': 2, 'dynamodb:UpdateTable': 1 })
    expect(look).toMatchObject({
      unit: 'call',
      lastUsedAt: new Date('2026-11-30T10:05:00Z'),
      refused: 1,
      isCounted: false,
      limits: [expect.stringContaining('up to 15 minutes later, and those of eu-central-1')],
    })
    expect(look?.sessions.map(({ address }) => address).toSorted()).toEqual(['198.51.100.7', '2001:db8::7'])
    expect(look?.operations.map(({ kind, objects }) => [kind, ...objects]).toSorted()).toEqual([
      ['change', 'dynamodb in eu-central-1'],
      ['read', 'dynamodb in eu-central-1'],
    ])
    expect(JSON.stringify(look)).not.toContain('a-name-that-is-not-told')
    expect(other).toMatchObject({ operations: [], sessions: [] })
    await connector.close()
  }, 20_000)

  it('of very many calls the newest are told, and that there were more', async () => {
    const connector = world.withSettings({ activity: 'cloudtrail' })
    const access = world.order(readOrders, { reference: 'AR-7' })
    for (let count = 0; count < 320; count += 1) note(access, 'GetItem', { session: 'AR-7-U0CASEY' })
    trail().show()
    const before = world.target.gateway.calls.length
    const [look] = await lookAt(connector, access)
    expect(countsOf(look)).toEqual({ 'dynamodb:GetItem': 300 })
    expect(look?.limits[1]).toBe('There were more calls than were read.')
    expect(world.target.gateway.calls.slice(before)).toEqual(Array(6).fill('LookupEvents'))
    await connector.close()
  }, 20_000)

  it('without the setting it says why it cannot tell, and where it tells later', () => {
    const read = (changes: object) =>
      aws.readSettings((schema) => schema.parse({ region: 'eu-central-1', preparedRoles: {}, ...changes }))
    expect(read({})).toMatchObject({ cannotTell: expect.stringContaining('`activity`') })
    expect(read({})?.tellsLateSeconds).toBeUndefined()
    expect(read({ activity: 'cloudtrail' })?.cannotTell).toBeUndefined()
    expect(read({ activity: 'cloudtrail' })?.tellsLateSeconds).toBe(1_200)
    const identityCenter = { instance: 'arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6' }
    const center = { preparedRoles: undefined, identityCenter }
    expect(read(center)?.cannotTell).toContain('Identity Center')
    expect(() => read({ ...center, activity: 'cloudtrail' })).toThrow('cannot be told')
  })

  it('the check names the right that is missing', async () => {
    const { rights } = world.target.admin
    const connector = world.withSettings({ activity: 'cloudtrail' })
    expect(await connector.check()).toMatchObject({ ok: true })
    world.target.admin.rights = { Statement: rights.Statement.slice(0, -1) }
    expect(await connector.check()).toMatchObject({
      problems: [
        { what: 'Daypass lacks cloudtrail:LookupEvents', remedy: expect.stringContaining('"Allow"') },
      ],
    })
    world.target.admin.rights = rights
    await connector.close()
  })
})
