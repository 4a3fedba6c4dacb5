import { randomUUID } from 'node:crypto'
import { type SlackTarget, startSlackTarget } from '../../fixtures/targets/slack.ts'
import { slack } from '../../src/connectors/slack/connector.ts'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld } from './connector-world.ts'

/** A local Slack, and a token with exactly the scopes that docs/connectors/slack.md names. */
export interface SlackWorld extends ConnectorWorld {
  readonly workspace: SlackTarget
  /** A connector with other settings on the same workspace. */
  withSettings(
    settings: Readonly<Record<string, unknown>>,
    entitlements?: Readonly<Record<string, Content>>,
    decidingGroups?: readonly string[],
  ): Connector
  /** A lease of this place, for an account that is not used yet or for this one. */
  access(place: Content, account?: string): AccessOrder
}

export const vault: Content = { channel: 'C0VAULT' }
export const onCall: Content = { userGroup: 'S0ONCALL' }

export async function makeSlackWorld(
  content: Content,
  { scopes, crowd = 400 }: { scopes?: readonly string[]; crowd?: number } = {},
): Promise<SlackWorld> {
  const workspace = await startSlackTarget({ crowd, ...(scopes && { scopes }) })
  const { client } = workspace.sandbox
  const proxy = await openProxy({ host: '127.0.0.1', port: Number(new URL(workspace.sandbox.url).port) })
  const place = String(content.channel ?? content.userGroup)
  const isChannel = content.channel !== undefined
  let used = 0

  const withSettings: SlackWorld['withSettings'] = (
    settings,
    entitlements = { member: content },
    decidingGroups = [],
  ) =>
    openConnector(slack, {
      id: 'workspace',
      settings: {
        token: workspace.token,
        apiUrl: `http://127.0.0.1:${proxy.port}/api/`,
        lookAgainAfter: '0s',
        timeout: '6s',
        ...settings,
      },
      entitlements,
      decidingGroups,
    })
  const nextAccount = () => {
    const account = workspace.people[used]
    used += 1
    if (!account) throw new Error('the crowd is too small')
    return account
  }
  const access: SlackWorld['access'] = (given, account = nextAccount()) => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'workspace',
    entitlementId: 'member',
    content: contentFromJson(given),
    holder: { displayName: 'Casey Lee', userId: account, identity: account },
    until: new Date(Date.now() + 3_600_000),
  })
  const accountOf = ({ holder }: AccessOrder) => holder.identity ?? ''
  const add = async (account: string) => {
    if (isChannel) return client.addToChannel(place, account)
    await client.setUsergroupUsers(place, [...new Set([...(await workspace.membersOf(place)), account])])
  }
  const remove = async (account: string) => {
    if (isChannel) return client.removeFromChannel(place, account)
    const others = (await workspace.membersOf(place)).filter((member) => member !== account)
    await client.setUsergroupUsers(place, others)
  }
  return {
    workspace,
    proxy,
    connector: withSettings({}),
    secrets: [workspace.token],
    withSettings,
    access,
    freshAccess: () => access(content),
    holds: async (order) => (await workspace.membersOf(place)).includes(accountOf(order)),
    rawState: async () => {
      const people = new Set(workspace.people)
      return (await workspace.membersOf(place)).filter((member) => people.has(member)).sort()
    },
    use: () => Promise.reject(new Error('a membership has no sessions')),
    accepts: () => Promise.reject(new Error('a membership has no credentials')),
    plantStranger: () => Promise.reject(new Error('Slack does not say who added a member')),
    giveByHand: async (order) => {
      await add(accountOf(order))
      return () => remove(accountOf(order))
    },
    handChanges: {
      removed: (order) => remove(accountOf(order)),
      ...(isChannel
        ? {}
        : { 'replaced by an older list': () => client.setUsergroupUsers(place, ['U0OLGA', 'U0STAYS']) }),
    },
    close: async () => {
      await proxy.break()
      await workspace.close()
    },
  }
}
