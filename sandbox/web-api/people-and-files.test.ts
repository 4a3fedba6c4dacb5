import { WebClient } from '@slack/web-api'
import { describe, expect, it } from 'vitest'
import { callApi } from '../_call-api.ts'
import { exampleApp } from '../example-workspace.ts'
import { asObject, asString, type Json } from '../json.ts'
import { apiWorld, posted, refused, violations } from './_api-world.ts'

const world = apiWorld()

describe('people and direct messages', () => {
  it('tells members, guests, strangers and the deactivated apart as Slack does', async () => {
    const flags = async (user: string) => {
      const { user: found } = (await callApi(world.sandbox, 'users.info', { user })).body as { user?: Json }
      const { is_admin, is_restricted, is_ultra_restricted, is_stranger, deleted, is_bot } = found ?? {}
      return { is_admin, is_restricted, is_ultra_restricted, is_stranger, deleted, is_bot }
    }
    expect(await flags('U0OLGA')).toMatchObject({ is_admin: true, is_restricted: false, deleted: false })
    expect(await flags('U0GINA')).toMatchObject({ is_restricted: true, is_ultra_restricted: false })
    expect(await flags('U0SOLO')).toMatchObject({ is_restricted: true, is_ultra_restricted: true })
    expect(await flags('U0STRA')).toMatchObject({ is_stranger: true })
    expect(await flags('U0GONE')).toMatchObject({ deleted: true })
    expect(await flags('U0BOT')).toMatchObject({ is_bot: true })
    const { user } = (await callApi(world.sandbox, 'users.info', { user: 'U0GINA' })).body as { user?: Json }
    expect(user).toMatchObject({
      tz: 'Europe/Lisbon',
      tz_offset: expect.any(Number),
      tz_label: expect.any(String),
      is_email_confirmed: true,
      profile: { guest_invited_by: 'U0DANA', guest_expiration_ts: 1924992000 },
    })
    expect(await refused(world, 'users.info', { user: 'U0NOBODY' })).toBe('user_not_found')
  })

  it('opens no direct messages with the deactivated, strangers or nobody', async () => {
    expect(await refused(world, 'conversations.open', { users: 'U0GONE' })).toBe('user_disabled')
    expect(await refused(world, 'conversations.open', { users: 'U0STRA' })).toBe('user_not_visible')
    expect(await refused(world, 'conversations.open', { users: 'U0NOBODY' })).toBe('user_not_found')
    expect(await refused(world, 'conversations.open', {})).toBe('users_list_not_supplied')
  })

  it('posts to the deactivated, by their id and in a conversation that was open before', async () => {
    const opened = await callApi(world.sandbox, 'conversations.open', { users: 'U0MAX' })
    const channel = asString(asObject(opened.body.channel).id)
    await world.sandbox.client.updateUser('U0MAX', { role: 'deactivated' })
    for (const to of ['U0GONE', 'U0MAX', channel]) await posted(world, { channel: to, text: 'x' })
  })

  it('refuses user groups that do not exist, empty lists, guests in them, and free plans', async () => {
    expect(await refused(world, 'usergroups.users.list', { usergroup: 'S0NONE' })).toBe('no_such_subteam')
    expect(await refused(world, 'usergroups.users.update', { usergroup: 'S0DBAS', users: ',' })).toBe(
      'no_users_provided',
    )
    expect(await refused(world, 'usergroups.users.update', { usergroup: 'S0DBAS', users: 'U0GINA' })).toBe(
      'invalid_users',
    )
    await world.sandbox.client.setWorkspaceSetting('paid_plan', false)
    expect(await refused(world, 'usergroups.list', {})).toBe('plan_upgrade_required')
  })
})

describe('files', () => {
  it('shares what was uploaded, once, where the bot is', async () => {
    const start = await callApi(world.sandbox, 'files.getUploadURLExternal', { filename: 'a.csv', length: 3 })
    const files = [{ id: start.body.file_id, title: 'A' }]
    expect(await refused(world, 'files.completeUploadExternal', { files, channel_id: 'C0GENERAL' })).toBe(
      'file_not_found',
    )
    const upload = await fetch(String(start.body.upload_url), { method: 'POST', body: 'a,b' })
    expect(upload.status).toBe(200)
    expect(await refused(world, 'files.completeUploadExternal', { files, channel_id: 'C0OTHER' })).toBe(
      'not_in_channel',
    )
    expect(await refused(world, 'files.completeUploadExternal', { files, channel_id: 'U0DANA' })).toBe(
      'channel_not_found',
    )
    expect(
      (await callApi(world.sandbox, 'files.completeUploadExternal', { files, channel_id: 'C0GENERAL' })).body
        .ok,
    ).toBe(true)
    const [message] = await world.sandbox.client.as('U0DANA').messages('C0GENERAL')
    expect(message?.files).toMatchObject([{ name: 'a.csv', title: 'A', size: 3 }])
    expect(await (await fetch(message?.files?.[0]?.url ?? '')).text()).toBe('a,b')
    expect(await refused(world, 'files.completeUploadExternal', { files, channel_id: 'C0GENERAL' })).toBe(
      'file_not_found',
    )
  })

  it('takes files from the official client', async () => {
    const client = new WebClient(exampleApp.botToken, { slackApiUrl: world.sandbox.apiUrl })
    const dana = world.sandbox.client.as('U0DANA')
    const file = {
      file: Buffer.from('a,b\n1,2\n'),
      filename: 'audit.csv',
      title: 'Audit',
      initial_comment: 'Here',
    }
    await client.filesUploadV2({ channel_id: await dana.directChannel(), ...file })
    const [message] = await dana.directMessages()
    expect(message).toMatchObject({ text: 'Here', files: [{ name: 'audit.csv', title: 'Audit', size: 8 }] })
    expect(await (await fetch(message?.files?.[0]?.url ?? '')).text()).toBe('a,b\n1,2\n')
    // No app listens for the event of the message itself.
    expect((await violations(world)).filter((kind) => kind !== 'not_acknowledged')).toEqual([])
  })
})
