/** Methods that `slack-data` lacks, in the form of its files: the parts of Slack's reference that the sandbox reads. */
export const MORE_METHODS: Readonly<Record<string, unknown>> = {
  /** https://docs.slack.dev/reference/methods/conversations.invite */
  'conversations.invite': {
    scope: {
      bot: [
        'channels:write.invites',
        'groups:write.invites',
        'channels:manage',
        'groups:write',
        'im:write',
        'mpim:write',
      ],
    },
    json_input_supported: true,
    rate_limits: 't3',
    args: {
      required: ['token', 'channel', 'users'],
      properties: { token: {}, channel: {}, users: {}, force: {} },
    },
    errors: {
      already_in_channel: {},
      cant_invite: {},
      cant_invite_self: {},
      channel_not_found: {},
      external_channel_migrating: {},
      invitee_cant_see_channel: {},
      is_archived: {},
      method_not_supported_for_channel_type: {},
      missing_scope: {},
      no_external_invite_permission: {},
      no_permission: {},
      no_user: {},
      not_in_channel: {},
      org_user_not_in_team: {},
      ura_max_channels: {},
      user_is_restricted: {},
      user_not_found: {},
    },
  },
  /** https://docs.slack.dev/reference/methods/conversations.kick */
  'conversations.kick': {
    scope: { bot: ['groups:write', 'channels:manage'] },
    json_input_supported: true,
    rate_limits: 't3',
    args: { required: ['token', 'channel'], properties: { token: {}, channel: {}, user: {} } },
    errors: {
      cant_kick_from_general: {},
      cant_kick_self: {},
      channel_not_found: {},
      method_not_supported_for_channel_type: {},
      missing_scope: {},
      not_in_channel: {},
      not_supported: {},
      restricted_action: {},
      user_not_found: {},
    },
  },
}
