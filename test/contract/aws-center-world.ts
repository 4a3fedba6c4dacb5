import { asAws } from '../../fixtures/targets/aws/gateway.ts'
import { account } from '../../fixtures/targets/aws/root.ts'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'
import type { Content } from './_open-connector.ts'
import { type AwsGround, makeAwsGround, policiesOfPage } from './aws-world.ts'
import type { ConnectorWorld } from './connector-world.ts'

/** An Identity Center with users, a permission set and a group. */
export interface AwsCenterWorld extends ConnectorWorld, Pick<AwsGround, 'target'> {
  readonly content: Content
  readonly permissionSet: string
  readonly group: string
  newUser(): Promise<string>
  userIdOf(login: string): string
  access(changes?: { login?: string; content?: Content }): AccessOrder
  withSettings(settings: Readonly<Record<string, unknown>>, content?: Content): Connector
  /** Whether the user has an assignment of their own, or the membership, at the target. */
  isIn(login: string): Promise<number>
}

export async function makeAwsCenterWorld({ byGroup = false, users = 120 } = {}): Promise<AwsCenterWorld> {
  const ground = await makeAwsGround(policiesOfPage()[0])
  const { target, proxy, open, order } = ground
  const { sso, store, instance, storeId } = target.root
  const created = await sso.createPermissionSet({
    InstanceArn: instance,
    Name: 'Administrator',
    SessionDuration: 'PT2H',
  })
  const inEmulator = created.PermissionSet?.PermissionSetArn ?? ''
  const permissionSet = asAws(inEmulator)
  const { GroupId: group = '' } = await store.createGroup({ IdentityStoreId: storeId, DisplayName: 'Admins' })
  const assign = (PrincipalType: 'USER' | 'GROUP', PrincipalId: string) => ({
    InstanceArn: instance,
    TargetId: account,
    TargetType: 'AWS_ACCOUNT' as const,
    PermissionSetArn: inEmulator,
    PrincipalType,
    PrincipalId,
  })
  if (byGroup) await sso.createAccountAssignment(assign('GROUP', group))
  const ids = new Map<string, string>()
  const newUser = async () => {
    const login = `casey.o'x.${ids.size}@acme.test`
    const { UserId = '' } = await store.createUser({
      IdentityStoreId: storeId,
      UserName: login,
      DisplayName: 'Casey',
      Name: { GivenName: 'Casey', FamilyName: 'Lee' },
      Emails: [{ Value: `mail-${ids.size}@acme.test`, Primary: true }],
    })
    ids.set(login, UserId)
    return login
  }
  // Each lease has a login of its own.
  const spare: string[] = []
  for (let count = 0; count < users; count += 1) spare.push(await newUser())
  const identityCenter = { instance, portal: 'https://d-1.awsapps.com/start' }
  /** The one who has the lease of the catalog. */
  const signsIn = spare[0] ?? ''
  const content: Content = { permissionSet, account, ...(byGroup && { group }) }
  const loginOf = ({ holder }: AccessOrder) => holder.identity ?? ''
  const userIdOf = (login: string) => ids.get(login) ?? login
  const assigned = async () => {
    const input = { InstanceArn: instance, AccountId: account, PermissionSetArn: inEmulator }
    const { AccountAssignments = [] } = await sso.listAccountAssignments(input)
    return AccountAssignments.filter(({ PrincipalType }) => PrincipalType === 'USER')
  }
  const members = async () =>
    (await store.listGroupMemberships({ IdentityStoreId: storeId, GroupId: group })).GroupMemberships ?? []
  const isIn = async (login: string) => {
    const all = byGroup
      ? (await members()).map(({ MemberId }) => MemberId?.UserId)
      : (await assigned()).map(({ PrincipalId }) => PrincipalId)
    return all.filter((id) => id === userIdOf(login)).length
  }
  const give = async (login: string) => {
    if (byGroup)
      await store.createGroupMembership({
        IdentityStoreId: storeId,
        GroupId: group,
        MemberId: { UserId: userIdOf(login) },
      })
    else await sso.createAccountAssignment(assign('USER', userIdOf(login)))
  }
  const take = async (login: string) => {
    if (!byGroup) await sso.deleteAccountAssignment(assign('USER', userIdOf(login)))
    for (const { MembershipId, MemberId } of byGroup ? await members() : [])
      if (MemberId?.UserId === userIdOf(login))
        await store.deleteGroupMembership({ IdentityStoreId: storeId, MembershipId })
  }
  const withSettings: AwsCenterWorld['withSettings'] = (settings, given = content) =>
    open({ identityCenter, ...settings }, { access: given })
  const access: AwsCenterWorld['access'] = ({ login = spare.pop() ?? '', content: given = content } = {}) =>
    order(given, { holder: { displayName: 'Casey Lee', userId: 'U0CASEY', identity: login } })
  return {
    target,
    proxy,
    content,
    permissionSet,
    group,
    newUser,
    userIdOf,
    access,
    withSettings,
    isIn,
    connector: withSettings({}),
    secrets: ground.secrets,
    inCatalog: {
      resource: 'aws',
      entitlement: 'access',
      connector: { kind: 'aws', ...ground.atProxy, identityCenter },
      content,
      login: { system: 'aws', name: signsIn },
    },
    freshAccess: () => access(),
    holds: async (lease) => (await isIn(loginOf(lease))) > 0,
    rawState: async () => [
      ...(await assigned()).map(({ PrincipalId }) => `assigned ${PrincipalId}`),
      ...(await members()).map(({ MemberId }) => `member ${MemberId?.UserId}`),
    ],
    use: () => Promise.reject(new Error('sessions are those of the portal')),
    accepts: async () => (await target.signIn(userIdOf(signsIn), permissionSet)) !== null,
    plantStranger: () => Promise.reject(new Error('an assignment does not say who made it')),
    giveByHand: async (lease) => {
      await give(loginOf(lease))
      return () => take(loginOf(lease))
    },
    handChanges: {
      removed: (lease) => take(loginOf(lease)),
      'given twice': (lease) => give(loginOf(lease)),
    },
    close: ground.close,
  }
}
