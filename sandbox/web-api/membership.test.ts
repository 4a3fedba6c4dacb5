import { describe, expect, it } from 'vitest'
import { callApi } from '../_call-api.ts'
import { deliveryWorld, kinds } from '../delivery/_delivery-world.ts'
import type { Json } from '../json.ts'
import { apiWorld, refused } from './_api-world.ts'

const world = apiWorld()
const members = async (channel: string) =>
  (await callApi(world.sandbox, 'conversations.members', { channel })).body.members

describe('invitations to a channel', () => {
  const invite = (args: Json) => callApi(world.sandbox, 'conversations.invite', args)
  const refusedInvite = (args: Json) => refused(world, 'conversations.invite', args)

  it('brings people in, once', async () => {
    const answer = await invite({ channel: 'C0SECRET', users: 'U0MAX,U0GINA' })
    expect(answer.body).toMatchObject({ ok: true, channel: { id: 'C0SECRET', is_private: true } })
    expect(await members('C0SECRET')).toEqual(['U0OLGA', 'U0DANA', 'U0BOT', 'U0MAX', 'U0GINA'])
    expect(await refusedInvite({ channel: 'C0SECRET', users: 'U0MAX' })).toBe('already_in_channel')
    expect(await members('C0SECRET')).toHaveLength(5)
  })

  it('brings nobody in where one of several cannot come, unless it is forced', async () => {
    const several = { channel: 'C0SECRET', users: 'U0MAX,U0NOBODY,U0BOT' }
    expect((await invite(several)).body).toMatchObject({
      ok: false,
      error: 'user_not_found',
      errors: [
        { user: 'U0NOBODY', ok: false, error: 'user_not_found' },
        { user: 'U0BOT', ok: false, error: 'cant_invite_self' },
      ],
    })
    expect(await members('C0SECRET')).not.toContain('U0MAX')
    expect((await invite({ ...several, force: true })).body).toMatchObject({ ok: true, errors: [{}, {}] })
    expect(await members('C0SECRET')).toContain('U0MAX')
  })

  it.each([
    ['C0HIDDEN', 'U0MAX', 'channel_not_found'],
    ['C0OTHER', 'U0MAX', 'not_in_channel'],
    ['C0OLD', 'U0MAX', 'is_archived'],
    ['C0SECRET', ',', 'no_user'],
    ['C0SECRET', 'U0GONE', 'user_not_found'],
    ['C0SECRET', 'U0STRA', 'no_external_invite_permission'],
    ['C0SECRET', 'U0SOLO', 'ura_max_channels'],
  ])('to %s of %s is refused as %s', async (channel, users, error) => {
    expect(await refusedInvite({ channel, users })).toBe(error)
  })

  it('into direct messages is not possible', async () => {
    const channel = await world.sandbox.client.as('U0DANA').directChannel()
    expect(await refusedInvite({ channel, users: 'U0MAX' })).toBe('method_not_supported_for_channel_type')
  })
})

describe('taking people out of a channel', () => {
  const kick = (args: Json) => callApi(world.sandbox, 'conversations.kick', args)
  const refusedKick = (args: Json) => refused(world, 'conversations.kick', args)

  it('takes them out, once', async () => {
    expect((await kick({ channel: 'C0SECRET', user: 'U0DANA' })).body).toMatchObject({ ok: true })
    expect(await members('C0SECRET')).toEqual(['U0OLGA', 'U0BOT'])
    expect(await refusedKick({ channel: 'C0SECRET', user: 'U0DANA' })).toBe('not_in_channel')
  })

  it.each([
    ['C0HIDDEN', 'U0OLGA', 'channel_not_found'],
    ['C0OTHER', 'U0DANA', 'not_in_channel'],
    ['C0GENERAL', 'U0DANA', 'cant_kick_from_general'],
    ['C0OLD', 'U0DANA', 'not_supported'],
    ['C0SECRET', 'U0BOT', 'cant_kick_self'],
    ['C0SECRET', 'U0NOBODY', 'user_not_found'],
    ['C0SECRET', '', 'user_not_found'],
  ])('from %s of %s is refused as %s', async (channel, user, error) => {
    expect(await refusedKick({ channel, user })).toBe(error)
  })

  it('is refused where the workspace leaves it to owners and admins; so are changes of user groups', async () => {
    const { client } = world.sandbox
    await client.setWorkspaceSetting('apps_may_remove_people', false)
    await client.setWorkspaceSetting('apps_may_edit_user_groups', false)
    expect(await refusedKick({ channel: 'C0SECRET', user: 'U0DANA' })).toBe('restricted_action')
    const change = { usergroup: 'S0DBAS', users: 'U0MAX' }
    expect(await refused(world, 'usergroups.users.update', change)).toBe('permission_denied')
  })
})

describe('scopes and events of membership', () => {
  it('private channels need scopes of their own', async () => {
    const channel = 'C0SECRET'
    const [publicOnly, invitesOnly] = await Promise.all([
      deliveryWorld(undefined, { scopes: ['channels:manage'], events: [] }),
      deliveryWorld(undefined, { scopes: ['groups:write.invites'], events: [] }),
    ])
    expect(await refused(publicOnly, 'conversations.invite', { channel, users: 'U0MAX' })).toBe(
      'missing_scope',
    )
    expect(await refused(publicOnly, 'conversations.kick', { channel, user: 'U0DANA' })).toBe('missing_scope')
    const invited = await callApi(invitesOnly.sandbox, 'conversations.invite', { channel, users: 'U0MAX' })
    expect(invited.body.ok).toBe(true)
    expect(await refused(invitesOnly, 'conversations.kick', { channel, user: 'U0DANA' })).toBe(
      'missing_scope',
    )
  })

  it('apps in the channel hear who came, by whom, and who went', async () => {
    const { app, sandbox, client } = await deliveryWorld()
    await callApi(sandbox, 'conversations.invite', { channel: 'C0SECRET', users: 'U0MAX' })
    await callApi(sandbox, 'conversations.kick', { channel: 'C0SECRET', user: 'U0MAX' })
    await client.waitFor(() => app.received.length === 2)
    const who = { user: 'U0MAX', channel: 'C0SECRET', channel_type: 'G' }
    expect(app.received.map(({ payload }) => payload.event)).toEqual([
      expect.objectContaining({ ...who, type: 'member_joined_channel', inviter: 'U0BOT' }),
      expect.objectContaining({ ...who, type: 'member_left_channel' }),
    ])
    expect(await kinds(sandbox)).toEqual([])
  })
})
