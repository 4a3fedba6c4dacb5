import type { ServerResponse } from 'node:http'
import type { Core } from '../core.ts'
import { sendJson } from '../http-body.ts'
import type { Handler } from './call.ts'
import { SlackError } from './errors.ts'

/** The authorize page. Approves at once and redirects the browser back with a code. */
export function handleAuthorize(core: Core, response: ServerResponse, query: URLSearchParams): void {
  const app = [...core.workspace.apps.values()].find(
    (a) => a.clientId && a.clientId === query.get('client_id'),
  )
  const redirectUri = query.get('redirect_uri') ?? ''
  if (!app || !URL.canParse(redirectUri)) {
    sendJson(response, 400, { ok: false, error: app ? 'bad_redirect_uri' : 'invalid_client_id' })
    return
  }
  const scopes = (query.get('scope') ?? '').split(',').filter(Boolean)
  const back = new URL(redirectUri)
  back.searchParams.set('code', core.oauthCodes.issue({ appId: app.appId, redirectUri, scopes }))
  back.searchParams.set('state', query.get('state') ?? '')
  response.writeHead(302, { location: back.toString() }).end()
}

const access: Handler = (call) => {
  const { app, core } = call
  if (!app.clientSecret || call.text('client_secret') !== app.clientSecret)
    throw new SlackError('bad_client_secret')
  if (call.has('grant_type') && call.text('grant_type') !== 'authorization_code') {
    throw new SlackError('invalid_grant_type')
  }
  const grant = core.oauthCodes.take(call.text('code'))
  if (!grant || grant.appId !== app.appId) throw new SlackError('invalid_code')
  if (call.has('redirect_uri') && call.text('redirect_uri') !== grant.redirectUri) {
    throw new SlackError('bad_redirect_uri')
  }
  if (grant.scopes.length === 0) throw new SlackError('no_scopes')
  app.scopes = grant.scopes
  app.tokenRevoked = false
  const { id, name } = core.workspace.team
  const installer = [...core.workspace.users.values()].find((u) => u.role === 'owner' || u.role === 'admin')
  return {
    app_id: app.appId,
    authed_user: { id: installer?.id ?? '' },
    scope: grant.scopes.join(','),
    token_type: 'bot',
    access_token: app.botToken,
    bot_user_id: app.botUserId,
    team: { id, name },
    enterprise: null,
    is_enterprise_install: false,
  }
}

export const oauthMethods: Record<string, Handler> = { 'oauth.v2.access': access }
