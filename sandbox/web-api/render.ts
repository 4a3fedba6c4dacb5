import { compact, type Json } from '../json.ts'
import type { App, Channel, Message, StoredFile, Usergroup, Workspace } from '../workspace.ts'
import { isPng } from './png.ts'

/** A message as the Web API and interaction payloads carry it. */
export function messageJson(workspace: Workspace, message: Message): Json {
  const app = message.appId ? workspace.apps.get(message.appId) : undefined
  const replies = (workspace.messages.get(message.channel) ?? []).filter(
    (m) => m.threadTs === message.ts && !m.ephemeralTo,
  )
  return compact({
    type: 'message',
    user: message.userId,
    bot_id: message.botId,
    app_id: message.appId,
    team: workspace.team.id,
    text: message.text,
    ts: message.ts,
    thread_ts: message.threadTs ?? (replies.length > 0 ? message.ts : undefined),
    parent_user_id: message.threadTs
      ? workspace.findMessage(message.channel, message.threadTs)?.userId
      : undefined,
    blocks: message.blocks.length > 0 ? message.blocks : undefined,
    bot_profile: app ? botProfile(workspace, app) : undefined,
    edited: message.edited,
    metadata: message.metadata,
    files:
      message.files.length > 0
        ? message.files.map((f) => ({ id: f.id, name: f.name, title: f.title }))
        : undefined,
    reactions:
      message.reactions.length > 0
        ? message.reactions.map((r) => ({ ...r, count: r.users.length }))
        : undefined,
    reply_count: replies.length > 0 ? replies.length : undefined,
    reply_users: replies.length > 0 ? [...new Set(replies.map((r) => r.userId))] : undefined,
    reply_users_count: replies.length > 0 ? new Set(replies.map((r) => r.userId)).size : undefined,
    latest_reply: replies.at(-1)?.ts,
  })
}

function botProfile(workspace: Workspace, app: App): Json {
  const { botId, appId, name } = app
  const image = 'https://a.slack-edge.com/80588/img/plugins/app/bot'
  const icons = { image_36: `${image}_36.png`, image_48: `${image}_48.png`, image_72: `${image}_72.png` }
  return { id: botId, app_id: appId, name, icons, deleted: false, updated: 1, team_id: workspace.team.id }
}

export function botJson(app: App): Json {
  const image = 'https://a.slack-edge.com/80588/img/plugins/app/bot'
  const icons = { image_36: `${image}_36.png`, image_48: `${image}_48.png`, image_72: `${image}_72.png` }
  return {
    id: app.botId,
    deleted: false,
    name: app.name,
    updated: 1,
    app_id: app.appId,
    user_id: app.botUserId,
    icons,
  }
}

export function channelJson(workspace: Workspace, channel: Channel, viewer: string): Json {
  if (channel.kind === 'im') {
    return {
      id: channel.id,
      created: channel.created,
      is_im: true,
      is_org_shared: false,
      is_archived: false,
      user: channel.members.find((id) => id !== viewer) ?? viewer,
      is_user_deleted: false,
      priority: 0,
      context_team_id: workspace.team.id,
      updated: channel.created * 1000,
    }
  }
  const isPrivate = channel.kind === 'group'
  const empty = { value: '', creator: '', last_set: 0 }
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !isPrivate,
    is_group: isPrivate,
    is_im: false,
    is_mpim: false,
    is_private: isPrivate,
    created: channel.created,
    updated: channel.created * 1000,
    creator: channel.creator,
    is_archived: channel.isArchived === true,
    is_general: channel.name === 'general',
    unlinked: 0,
    is_shared: channel.isExtShared === true,
    is_ext_shared: channel.isExtShared === true,
    is_org_shared: false,
    is_pending_ext_shared: false,
    pending_shared: [],
    pending_connected_team_ids: [],
    previous_names: [],
    shared_team_ids: [workspace.team.id],
    context_team_id: workspace.team.id,
    is_member: channel.members.includes(viewer),
    topic: empty,
    purpose: empty,
  }
}

export function usergroupJson(
  workspace: Workspace,
  group: Usergroup,
  options: { users: boolean; count: boolean },
): Json {
  return compact({
    id: group.id,
    team_id: workspace.team.id,
    is_usergroup: true,
    is_subteam: true,
    name: group.name,
    description: '',
    handle: group.handle,
    is_external: false,
    date_create: group.created,
    date_update: group.updated,
    date_delete: 0,
    auto_provision: false,
    enterprise_subteam_id: '',
    created_by: group.users[0] ?? '',
    updated_by: group.users[0] ?? '',
    prefs: { channels: [], groups: [] },
    users: options.users ? group.users : undefined,
    user_count: options.count ? group.users.length : undefined,
    channel_count: 0,
    is_section: false,
  })
}

export function fileJson(workspace: Workspace, file: StoredFile, baseUrl: string): Json {
  const url = `${baseUrl}/files-pri/${workspace.team.id}-${file.id}/${encodeURIComponent(file.name)}`
  const app = workspace.apps.get(file.appId)
  return {
    id: file.id,
    created: Math.floor(Date.now() / 1000),
    timestamp: Math.floor(Date.now() / 1000),
    name: file.name,
    title: file.title,
    ...(isPng(file.content)
      ? { mimetype: 'image/png', filetype: 'png', pretty_type: 'PNG', alt_txt: file.altText }
      : { mimetype: 'text/plain', filetype: 'text', pretty_type: 'Plain Text' }),
    user: app?.botUserId ?? '',
    user_team: workspace.team.id,
    editable: false,
    size: file.content?.length ?? file.length,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    is_public: false,
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    url_private: url,
    url_private_download: url,
    permalink: url,
    comments_count: 0,
    is_starred: false,
    shares: {},
    channels: file.channel?.startsWith('C') ? [file.channel] : [],
    groups: file.channel?.startsWith('G') ? [file.channel] : [],
    ims: file.channel?.startsWith('D') ? [file.channel] : [],
    has_more_shares: false,
    has_rich_preview: false,
    file_access: 'visible',
  }
}
