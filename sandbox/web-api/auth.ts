import type { Handler } from './call.ts'
import { SlackError } from './errors.ts'

const test: Handler = ({ core, app }) => ({
  url: `https://${core.workspace.team.domain}.slack.com/`,
  team: core.workspace.team.name,
  user: core.workspace.user(app.botUserId)?.name ?? app.name,
  team_id: core.workspace.team.id,
  user_id: app.botUserId,
  bot_id: app.botId,
  is_enterprise_install: false,
})

const revoke: Handler = (call) => {
  if (call.flag('test')) return { revoked: false }
  call.app.tokenRevoked = true
  call.core.events.tokensRevoked(call.app)
  return { revoked: true }
}

const teamInfo: Handler = (call) => {
  const { team } = call.core.workspace
  if (call.has('team') && call.text('team') !== team.id) throw new SlackError('team_not_found')
  const { id, name, domain } = team
  const icon = {
    image_default: true,
    image_34: 'https://a.slack-edge.com/0/img/avatars-teams/ava_0001-34.png',
  }
  return {
    team: {
      id,
      name,
      domain,
      email_domain: '',
      icon,
      url: `https://${domain}.slack.com/`,
      is_verified: false,
    },
  }
}

const connectionsOpen: Handler = (call) => {
  if (!call.app.socketMode) throw new SlackError('forbidden_team')
  const ticket = call.core.sockets.issueTicket(call.app.appId)
  return { url: `${call.core.url.replace(/^http/, 'ws')}/link/?ticket=${ticket}&app_id=${call.app.appId}` }
}

export const authMethods: Record<string, Handler> = {
  'auth.test': test,
  'auth.revoke': revoke,
  'team.info': teamInfo,
  'apps.connections.open': connectionsOpen,
}
