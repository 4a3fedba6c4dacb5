import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { targetFolder } from '../../fixtures/targets/server.ts'
import { accessScopes } from '../../fixtures/targets/slack.ts'
import type { AccessOrder } from '../../src/domain/connector.ts'
import type { Content } from './_open-connector.ts'
import { leaseOf } from './connector-logins.ts'
import { makeSlackWorld, onCall, type SlackWorld, vault } from './slack-world.ts'

const problemsOf = async (world: SlackWorld, ...places: Content[]) => {
  const entitlements = Object.fromEntries(places.map((place, at) => [`member-${at}`, place]))
  const diagnosis = await world.withSettings({}, entitlements).check()
  return diagnosis.ok ? [] : diagnosis.problems.map(({ what }) => what)
}

/** Rules of private channels. */
export function channelRules(world: () => SlackWorld): void {
  const client = () => world().workspace.sandbox.client
  const settled = async (order: AccessOrder) => {
    await world().connector.revoke(order)
    expect(await world().holds(order)).toBe(false)
  }

  it.each([
    ['C0LOBBY', 'people can come in without a lease'],
    ['C0SHARED', 'shared with another organisation'],
    ['C0OLD', 'is archived'],
    ['C0CLOSED', 'the app is not in'],
    ['C0NOWHERE', 'does not exist'],
  ])('nobody is brought into %s, and `check` says why', async (channel, why) => {
    const { access, connector, workspace } = world()
    const before = await workspace.membersOf(channel)
    await expect(connector.grant(access({ channel }))).rejects.toMatchObject({
      code: 'misconfigured',
      retryable: false,
      message: expect.stringMatching(new RegExp(`${why}|not in it`)),
    })
    expect(await workspace.membersOf(channel)).toEqual(before)
    expect(await problemsOf(world(), { channel })).toHaveLength(1)
  })

  it('a guest of several channels is brought in; one of a single channel, a stranger and the deactivated are not', async () => {
    const { access, connector, holds } = world()
    const guest = access(vault, 'U0GUEST')
    await connector.grant(guest)
    expect(await holds(guest)).toBe(true)
    await settled(guest)
    for (const account of ['U0SOLO', 'U0STRA', 'U0GONE']) {
      const order = access(vault, account)
      await expect(connector.grant(order), account).rejects.toMatchObject({
        code: 'conflict',
        retryable: false,
      })
      await settled(order)
    }
  })

  it('ids that are no single account bring nobody in', async () => {
    const { access, connector, workspace } = world()
    const before = await workspace.membersOf('C0VAULT')
    for (const account of ['U0P90,U0P91', 'S0ONCALL', '', '<@U0P90>', 'u0p90']) {
      const order = access(vault, account)
      await expect(connector.grant(order)).rejects.toMatchObject({ retryable: false })
      await connector.revoke(order)
    }
    expect(await workspace.membersOf('C0VAULT')).toEqual(before)
  })

  it('a workspace that keeps apps from removing people: the lease is not told as ended, and the error says what to allow', async () => {
    const { access, connector, holds } = world()
    const order = access(vault)
    await connector.grant(order)
    await client().setWorkspaceSetting('apps_may_remove_people', false)
    await expect(connector.revoke(order)).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringContaining('everybody except guests'),
    })
    expect(await holds(order)).toBe(true)
    await client().setWorkspaceSetting('apps_may_remove_people', true)
    await settled(order)
  })

  it('a holder who takes the app out of the channel does not make the lease look ended', async () => {
    const { access, connector, holds } = world()
    const order = access(vault)
    await connector.grant(order)
    await client().removeFromChannel('C0VAULT', 'U0ACCESS')
    await expect(connector.revoke(order)).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('invite the app'),
    })
    expect(await holds(order)).toBe(true)
    expect(await problemsOf(world(), vault)).toHaveLength(1)
    await client().addToChannel('C0VAULT', 'U0ACCESS')
    await settled(order)
  })

  it('a channel that is archived during the lease does not make it look ended', async () => {
    const other = await makeSlackWorld({ channel: 'C0ATTIC' }, { crowd: 5 })
    const order = other.freshAccess()
    await other.connector.grant(order)
    await other.workspace.sandbox.client.archiveChannel('C0ATTIC')
    await expect(other.connector.revoke(order)).rejects.toMatchObject({
      message: expect.stringContaining('unarchive'),
    })
    await other.close()
  })

  it('a holder who leaves is missed; one whom a member invites after the end has standing access', async () => {
    const { access, connector, holds } = world()
    const order = access(vault)
    await connector.grant(order)
    await client().removeFromChannel('C0VAULT', order.holder.userId)
    expect(await connector.isHeld?.(order)).toBe(false)
    await settled(order)
    await client().addToChannel('C0VAULT', order.holder.userId)
    expect(await connector.standing?.(order)).toBe(
      `${order.holder.userId} is a member of the channel C0VAULT.`,
    )
    expect(await holds(order)).toBe(true)
    await settled(order)
  })

  it('somebody who invites the holder again and again does not make the lease look ended', async () => {
    const { access, connector, proxy, workspace } = world()
    const order = access(vault)
    await connector.grant(order)
    let back: Promise<unknown> = Promise.resolve()
    // The next call is made when the answer of this one has come: the invitation is then there already, or on its way.
    proxy.watch((text) => {
      if (!text.includes('conversations.members')) return
      back = back.then(() => client().addToChannel('C0VAULT', order.holder.userId))
    })
    const slow = { method: 'conversations.members', kind: 'slow', ms: 60, times: 10 } as const
    await client().fault(slow)
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'still_present', retryable: true })
    proxy.watch(null)
    await back
    await client().clearFaults()
    expect(await workspace.membersOf('C0VAULT')).toContain(order.holder.userId)
    await settled(order)
  })

  it.each(['conversations.invite', 'conversations.kick'])(
    'a %s that was done, and whose answer was lost, is found at the next attempt',
    async (method) => {
      const { access, connector, holds } = world()
      const order = access(vault)
      const operation = method === 'conversations.invite' ? connector.grant : connector.revoke
      if (operation === connector.revoke) await connector.grant(order)
      await client().fault({ method, kind: 'lost_response', times: 1 })
      await expect(operation(order)).rejects.toMatchObject({ retryable: true })
      await operation(order)
      expect(await holds(order)).toBe(operation === connector.grant)
      await settled(order)
    },
  )

  it('where Slack asks for a pause, the error says how long', async () => {
    const { access, connector } = world()
    await client().fault({ method: 'conversations.members', kind: 'rate_limited', retryAfter: 17, times: 1 })
    await expect(connector.grant(access(vault))).rejects.toMatchObject({
      code: 'throttled',
      retryable: true,
      retryAfterSeconds: 17,
    })
  })

  it('a token in a file is read again when it was rotated', async () => {
    const { access, withSettings, workspace } = world()
    const tokenFile = join(await targetFolder('slack'), 'token')
    await writeFile(tokenFile, 'xoxb-former\n')
    const connector = withSettings({ token: undefined, tokenFile })
    const order = access(vault)
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'permission' })
    await writeFile(tokenFile, `${workspace.token}\n`)
    await connector.grant(order)
    await settled(order)
  })
}

/** Rules of user groups. */
export function userGroupRules(world: () => SlackWorld): void {
  const client = () => world().workspace.sandbox.client
  const membersOf = (group: string) => world().workspace.membersOf(group)

  it('the other members stay, in any number of changes at once, also from two processes', async () => {
    const { access, withSettings } = world()
    const [one, other] = [withSettings({ lookAgainAfter: '1s' }), withSettings({ lookAgainAfter: '1s' })]
    const orders = Array.from({ length: 6 }, () => access(onCall))
    await Promise.all(orders.map((order, at) => (at % 2 ? one : other).grant(order)))
    expect(await membersOf('S0ONCALL')).toEqual(
      expect.arrayContaining(['U0OLGA', ...orders.map(({ holder }) => holder.userId)]),
    )
    await Promise.all(orders.map((order, at) => (at % 2 ? other : one).revoke(order)))
    expect(await membersOf('S0ONCALL')).toEqual(['U0OLGA'])
  }, 60_000)

  it('many changes at once take few calls', async () => {
    const { access, connector } = world()
    const orders = Array.from({ length: 10 }, () => access(onCall))
    await client().clearTraffic()
    await Promise.all(orders.map((order) => connector.grant(order)))
    await Promise.all(orders.map((order) => connector.revoke(order)))
    const { entries } = await client().traffic()
    expect(entries.filter(({ name }) => name === 'usergroups.users.update').length).toBeLessThan(8)
    expect(await membersOf('S0ONCALL')).toEqual(['U0OLGA'])
  })

  it('a list that somebody else writes just after a revocation does not bring the holder back', async () => {
    const { access, withSettings } = world()
    const connector = withSettings({ lookAgainAfter: '4s' })
    const order = access(onCall)
    await connector.grant(order)
    const older = await membersOf('S0ONCALL')
    const revoked = connector.revoke(order)
    const isOut = async () => expect(await membersOf('S0ONCALL')).toEqual(['U0OLGA'])
    await vi.waitFor(isOut, { timeout: 15_000 })
    await client().setUsergroupUsers('S0ONCALL', [...older])
    await revoked
    expect(await membersOf('S0ONCALL')).toEqual(['U0OLGA'])
  })

  it('a guest is refused and keeps nobody else out', async () => {
    const { access, connector } = world()
    const [guest, member] = [access(onCall, 'U0GUEST'), access(onCall)]
    const [busy, refused, granted] = await Promise.allSettled([
      connector.grant(access(onCall, 'U0STAYS')),
      connector.grant(guest),
      connector.grant(member),
    ])
    expect([busy.status, refused.status, granted.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(refused).toMatchObject({
      reason: { code: 'conflict', retryable: false, message: expect.stringContaining('no guests') },
    })
    for (const order of [guest, member, access(onCall, 'U0STAYS')]) await connector.revoke(order)
    expect(await membersOf('S0ONCALL')).toEqual(['U0OLGA'])
  })

  it('the last member is not told as gone; with a placeholder the group keeps that one', async () => {
    const { access, connector, withSettings } = world()
    const empty = { userGroup: 'S0EMPTY' }
    const order = access(empty)
    await connector.grant(order)
    await expect(connector.revoke(order)).rejects.toMatchObject({
      code: 'still_present',
      retryable: true,
      message: expect.stringContaining('placeholder'),
    })
    expect(await membersOf('S0EMPTY')).toEqual([order.holder.userId])
    const withPlaceholder = withSettings({ placeholder: 'U0STAYS' })
    await withPlaceholder.revoke(order)
    expect(await membersOf('S0EMPTY')).toEqual(['U0STAYS'])
  })

  it('`check` names groups that are empty or unknown', async () => {
    const fresh = await makeSlackWorld(onCall, { crowd: 2 })
    expect(await problemsOf(fresh, onCall, { userGroup: 'S0EMPTY' }, { userGroup: 'S0NONE' })).toEqual([
      expect.stringContaining('Nobody yet (S0EMPTY) has no members'),
      'Slack knows no user group S0NONE',
    ])
    await fresh.close()
  })

  it('a workspace that keeps apps from editing user groups: the lease is not told as ended', async () => {
    const { access, connector, holds } = world()
    const order = access(onCall)
    await connector.grant(order)
    await client().setWorkspaceSetting('apps_may_edit_user_groups', false)
    await expect(connector.revoke(order)).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringContaining('User Groups'),
    })
    expect(await holds(order)).toBe(true)
    await client().setWorkspaceSetting('apps_may_edit_user_groups', true)
    await connector.revoke(order)
  })

  it('a group that is gone has no members: a revocation succeeds, a grant does not', async () => {
    const { access, connector } = world()
    const order = access({ userGroup: 'S0NONE' })
    await connector.revoke(order)
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
  })

  it('no lease makes anybody a member of a group that decides, and none keeps a member there', async () => {
    const { access, connector, holds, withSettings } = world()
    const deciding = withSettings({}, { member: onCall }, ['S0ONCALL'])
    const order = access(onCall)
    await expect(deciding.grant(order)).rejects.toMatchObject({
      code: 'misconfigured',
      retryable: false,
      message: expect.stringContaining('decide about requests'),
    })
    expect(await holds(order)).toBe(false)
    expect(await deciding.check()).toMatchObject({
      ok: false,
      problems: [{ what: expect.stringContaining('S0ONCALL') }],
    })
    // It was granted before the group began to decide.
    await connector.grant(order)
    await deciding.revoke({ ...order, alsoHeld: [leaseOf(access(onCall, order.holder.userId))] })
    expect(await holds(order)).toBe(false)
  })
}

/** What the app needs. */
export function scopeRules(): void {
  it.each(accessScopes)('without %s, `check` names it with the remedy, and a grant fails', async (scope) => {
    const scopes = accessScopes.filter((one) => one !== scope)
    const content = scope.startsWith('groups') ? vault : onCall
    const world = await makeSlackWorld(content, { scopes, crowd: 2 })
    expect(await world.connector.check()).toMatchObject({
      ok: false,
      problems: [
        { what: `the token lacks the scope ${scope}`, remedy: expect.stringContaining(`Add ${scope}`) },
      ],
    })
    await expect(world.connector.grant(world.freshAccess())).rejects.toMatchObject({ code: 'permission' })
    await world.close()
  })

  it('the documentation names exactly these scopes', async () => {
    const page = await readFile('docs/connectors/slack.md', 'utf8')
    for (const scope of accessScopes) expect(page).toContain(`\`${scope}\``)
  })

  it.each([
    ['a channel', vault],
    ['a user group', onCall],
  ])('calls about %s are as Slack documents them', async (_, content) => {
    const world = await makeSlackWorld(content, { crowd: 5 })
    const order = world.freshAccess()
    await world.connector.check()
    await world.connector.standing?.(order)
    await world.connector.grant(order)
    await world.connector.isHeld?.(order)
    await world.connector.revoke(order)
    const { violations } = await world.workspace.sandbox.client.traffic()
    expect(violations).toEqual([])
    await world.close()
  })
}
