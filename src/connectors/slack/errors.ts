import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'

/** Slack's error code, where Slack answered with one; null otherwise. */
export function slackCodeOf(error: unknown): string | null {
  return answerOf(error)?.error ?? null
}

/** The scope that Slack named as missing; null otherwise. */
export function missingScopeOf(error: unknown): string | null {
  const answer = answerOf(error)
  return answer?.error === 'missing_scope' ? answer.needed : null
}

function answerOf(error: unknown): { error: string; needed: string } | null {
  if (!(error instanceof Error) || !('data' in error)) return null
  const { data } = error
  if (typeof data !== 'object' || data === null || !('error' in data)) return null
  return { error: String(data.error), needed: 'needed' in data ? String(data.needed) : '' }
}

/** Any fault of a call to Slack, as a `ConnectorError`. The client's own errors can hold headers, so they are not passed on. */
export function toConnectorError(error: unknown, resourceId: string): ConnectorError {
  if (error instanceof ConnectorError) return error
  const pause = pauseOf(error)
  if (pause !== null) {
    const message = `${resourceId}: Slack asks for fewer calls, and for a pause of ${pause} seconds.`
    return new ConnectorError('throttled', message, { retryable: true, retryAfterSeconds: pause })
  }
  const code = slackCodeOf(error)
  if (code === null) {
    const message = `${resourceId}: Slack could not be reached, or its answer could not be read.`
    const cause = new Error(error instanceof Error ? error.name : 'no error')
    return new ConnectorError('unreachable', message, { retryable: true, cause })
  }
  const verdict = verdicts[code] ?? unknownVerdict
  const message = `${resourceId}: ${verdict.sentence} Slack says ${code}.`
  return new ConnectorError(verdict.code, message, { retryable: verdict.retryable ?? false })
}

function pauseOf(error: unknown): number | null {
  return error instanceof Error && 'retryAfter' in error && typeof error.retryAfter === 'number'
    ? error.retryAfter
    : null
}

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  /** Absent: no. */
  readonly retryable?: boolean
}

const unknownVerdict: Verdict = { code: 'conflict', sentence: 'the call was refused.' }
const ofSlack: Verdict = { code: 'unreachable', sentence: 'Slack has a fault at present.', retryable: true }
const badToken: Verdict = {
  code: 'permission',
  sentence: 'the token is not good any more. Install the app again and set the new token in the catalog.',
}
const guest: Verdict = {
  code: 'conflict',
  sentence:
    'this person is a guest who may not be in this channel. Let an admin change the guest account, then ask again.',
}

/** https://docs.slack.dev/reference/methods/conversations.invite, conversations.kick and usergroups.users.update */
const verdicts: Readonly<Record<string, Verdict>> = {
  internal_error: ofSlack,
  fatal_error: ofSlack,
  service_unavailable: ofSlack,
  request_timeout: ofSlack,
  fetch_members_failed: ofSlack,
  external_channel_migrating: ofSlack,
  invalid_auth: badToken,
  not_authed: badToken,
  token_revoked: badToken,
  token_expired: badToken,
  account_inactive: badToken,
  missing_scope: {
    code: 'permission',
    sentence: 'the token lacks a scope. `daypass doctor` names it.',
  },
  not_allowed_token_type: {
    code: 'permission',
    sentence: 'this kind of token is not taken here. Use a bot token or a user token.',
  },
  restricted_action: {
    code: 'permission',
    sentence:
      'a setting of the workspace lets only some people take others out of private channels. Let an owner allow it to everybody except guests (Settings, Permissions, Channel Management), or use the user token of an admin.',
  },
  permission_denied: {
    code: 'permission',
    sentence:
      'there is no such user group, or a setting of the workspace lets only some people edit user groups. Let an owner allow it to everybody (Settings, Permissions, User Groups), or use the user token of an admin.',
  },
  no_permission: {
    code: 'permission',
    sentence: 'a setting of the workspace keeps the app from inviting people. Ask an owner to allow it.',
  },
  plan_upgrade_required: { code: 'misconfigured', sentence: 'user groups need a paid plan.' },
  channel_not_found: {
    code: 'misconfigured',
    sentence:
      'the channel does not exist, or the app is not in it. Check the id in the catalog, and invite the app there.',
  },
  not_in_channel: {
    code: 'misconfigured',
    sentence: 'the app is not in the channel. Invite it there.',
  },
  is_archived: { code: 'misconfigured', sentence: 'the channel is archived. Unarchive it.' },
  not_supported: {
    code: 'misconfigured',
    sentence: 'nobody can be taken out of this channel as it is. If it is archived, unarchive it.',
  },
  method_not_supported_for_channel_type: {
    code: 'misconfigured',
    sentence: 'this is no channel. Correct the id in the catalog.',
  },
  cant_kick_from_general: {
    code: 'misconfigured',
    sentence: 'nobody can be taken out of the general channel. Offer another one.',
  },
  no_such_subteam: {
    code: 'misconfigured',
    sentence: 'there is no such user group. Correct the id in the catalog.',
  },
  subteam_max_users_exceeded: { code: 'conflict', sentence: 'the user group is full.' },
  invalid_users: {
    code: 'conflict',
    sentence:
      'Slack takes no guests and no deactivated accounts into user groups. Somebody on the new list is one.',
  },
  failed_for_some_users: {
    code: 'conflict',
    sentence: 'somebody on the new list is not in the workspace of the user group.',
  },
  user_is_restricted: guest,
  ura_max_channels: guest,
  cant_invite: {
    code: 'conflict',
    sentence: 'this person cannot be invited to this channel.',
  },
  cant_invite_self: { code: 'conflict', sentence: 'the app cannot invite itself.' },
  user_not_found: { code: 'conflict', sentence: 'Slack knows no such active account.' },
  no_external_invite_permission: {
    code: 'conflict',
    sentence: 'this account belongs to another organisation, and cannot be invited.',
  },
  org_user_not_in_team: { code: 'conflict', sentence: 'this account is not in this workspace.' },
  invitee_cant_see_channel: {
    code: 'conflict',
    sentence: 'this account is in no workspace that has the channel.',
  },
}
