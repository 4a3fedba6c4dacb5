import { createHash } from 'node:crypto'
import { IAM } from '@aws-sdk/client-iam'
import { account } from '../../fixtures/targets/aws/root.ts'
import { keysOf, useKeys } from '../../fixtures/targets/aws.ts'
import type { AccessOrder, Connector, Credentials } from '../../src/domain/connector.ts'
import type { Content } from './_open-connector.ts'
import { type AwsGround, makeAwsGround, policiesOfPage, policyArn } from './aws-world.ts'
import type { ConnectorWorld, LiveSession } from './connector-world.ts'

/** An account in which leases have roles of their own. */
export interface AwsRoleWorld extends ConnectorWorld, Pick<AwsGround, 'target' | 'order'> {
  withSettings(
    settings: Readonly<Record<string, unknown>>,
    entitlements?: Readonly<Record<string, Content>>,
    resourceId?: string,
  ): Connector
  issue(order: AccessOrder): Promise<Credentials>
}

export const boundary = policyArn('daypass-boundary')
/** What the lease gives, and what a holder uses. */
export const readOrders: Content = {
  policies: [policyArn('read-orders')],
  statements: [{ Effect: 'Allow', Action: ['sts:GetAccessKeyInfo', 's3:GetObject', 'iam:*'], Resource: '*' }],
}
export const prepared = `arn:aws:iam::${account}:role/support`

export async function makeAwsRoleWorld(page = 1): Promise<AwsRoleWorld> {
  const ground = await makeAwsGround(policiesOfPage()[page])
  const { target, proxy, open, order } = ground
  const { iam } = target.root
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' }
  for (const [name, statement] of [
    ['daypass-boundary', everything],
    ['read-orders', { Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' }],
    ['other', everything],
  ] as const) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await iam.createPolicy({ PolicyName: name, PolicyDocument })
  }
  await iam.createRole({
    RoleName: 'support',
    AssumeRolePolicyDocument: JSON.stringify(policiesOfPage()[2]),
  })
  await iam.putRolePolicy({
    RoleName: 'support',
    PolicyName: 'support',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [everything] }),
  })

  const withSettings: AwsRoleWorld['withSettings'] = (settings, entitlements = { access: readOrders }, id) =>
    open({ leaseRoles: { boundary }, ...settings }, entitlements, id)
  const connector = withSettings({})
  const issue: AwsRoleWorld['issue'] = async (access) => {
    const credentials = await connector.issueCredentials?.(access)
    if (!credentials) throw new Error('no credentials')
    return credentials
  }
  const known = new Map<string, Credentials>()
  const sessionOf = (credentials: Credentials): LiveSession => ({
    alive: () => useKeys(target, credentials),
    close: async () => {},
  })
  const put = (access: AccessOrder, PolicyName: string, statement: object) =>
    iam.putRolePolicy({
      RoleName: roleOf(access),
      PolicyName,
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    })
  const roles = async () =>
    ((await iam.listRoles({})).Roles ?? [])
      .map(({ RoleName }) => RoleName ?? '')
      .filter((name) => name !== 'support')
  return {
    target,
    proxy,
    connector,
    order,
    withSettings,
    issue,
    secrets: ground.secrets,
    inCatalog: {
      resource: 'aws',
      entitlement: 'access',
      connector: { kind: 'aws', ...ground.atProxy, leaseRoles: { boundary } },
      content: readOrders,
    },
    freshAccess: () => order(readOrders),
    holds: async (access) => {
      const RoleName = roleOf(access)
      const state = await iam.listRolePolicies({ RoleName }).then(
        ({ PolicyNames = [] }) => PolicyNames,
        () => null,
      )
      if (!state) return false
      const { AttachedPolicies = [] } = await iam.listAttachedRolePolicies({ RoleName })
      return (
        state.includes('daypass-guard') && !state.includes('daypass-ended') && AttachedPolicies.length === 1
      )
    },
    namesOf: (access) => [roleOf(access)],
    rawState: async () => (await roles()).sort(),
    use: async (access) => {
      const credentials = known.get(access.grantId) ?? (await issue(access))
      known.set(access.grantId, credentials)
      return sessionOf(credentials)
    },
    enter: async (credentials) => sessionOf(credentials),
    accepts: (credentials) => useKeys(target, credentials),
    plantStranger: async () => {
      const trust = JSON.stringify(policiesOfPage()[2])
      const strangers = [
        { RoleName: 'daypass-backup', Path: '/daypass/aws/' },
        { RoleName: `daypass-${'0'.repeat(32)}`, Path: '/' },
        { RoleName: `daypass-${'1'.repeat(32)}`, Path: '/daypass/aws/deeper/' },
      ]
      for (const one of strangers) await iam.createRole({ ...one, AssumeRolePolicyDocument: trust })
      const elsewhere = withSettings({}, undefined, 'other')
      const other = order(readOrders, { resourceId: 'other' })
      await elsewhere.grant(other)
      return async () => {
        await elsewhere.revoke(other)
        for (const { RoleName } of strangers) await iam.deleteRole({ RoleName })
      }
    },
    handChanges: {
      removed: async (access) => {
        const RoleName = roleOf(access)
        const { PolicyNames = [] } = await iam.listRolePolicies({ RoleName })
        for (const PolicyName of PolicyNames) await iam.deleteRolePolicy({ RoleName, PolicyName })
        await iam.detachRolePolicy({ RoleName, PolicyArn: policyArn('read-orders') })
        await iam.deleteRole({ RoleName })
      },
      'given everything': async (access) => {
        await put(access, 'extra', everything)
        await iam.attachRolePolicy({ RoleName: roleOf(access), PolicyArn: policyArn('other') })
      },
      'its guard emptied': (access) => put(access, 'daypass-guard', everything),
      'its boundary removed': (access) => iam.deleteRolePermissionsBoundary({ RoleName: roleOf(access) }),
      'opened to others': (access) =>
        iam.updateAssumeRolePolicy({
          RoleName: roleOf(access),
          PolicyDocument: JSON.stringify(policiesOfPage()[2]),
        }),
      'put into an instance profile': async (access) => {
        const InstanceProfileName = `p-${access.grantId}`
        await iam.createInstanceProfile({ InstanceProfileName })
        await iam.addRoleToInstanceProfile({ InstanceProfileName, RoleName: roleOf(access) })
      },
    },
    resistance: {
      'keeps calling': async (_, credentials) => sessionOf(credentials),
      'changes its own role': async (access, credentials) => {
        const own = new IAM({
          endpoint: target.gateway.url,
          region: 'eu-central-1',
          credentials: keysOf(credentials),
          maxAttempts: 1,
        })
        const RoleName = roleOf(access)
        const tries = [
          own.deleteRolePolicy({ RoleName, PolicyName: 'daypass-guard' }),
          own.putRolePolicy({ RoleName, PolicyName: 'mine', PolicyDocument: '{"Version":"2012-10-17"}' }),
          own.createUser({ UserName: 'mine' }),
        ]
        const results = await Promise.allSettled(tries)
        if (results.some(({ status }) => status === 'fulfilled')) throw new Error('the holder may do it')
        return sessionOf(credentials)
      },
    },
    close: ground.close,
  }
}

/** The role's name, as the documentation gives it. */
export function roleOf({ grantId }: Pick<AccessOrder, 'grantId'>): string {
  const isUuid = /^[0-9a-f-]{36}$/.test(grantId)
  const hash = createHash('sha256').update(grantId).digest('hex')
  return `daypass-${isUuid ? grantId.replaceAll('-', '') : `h${hash.slice(0, 31)}`}`
}
