import type { Deliverer } from './delivery/deliver.ts'
import type { Sockets } from './delivery/socket.ts'
import type { Events } from './events.ts'
import type { ResponseUrls } from './interactions/response-url-store.ts'
import type { Suggested } from './interactions/suggested.ts'
import type { Triggers } from './interactions/triggers.ts'
import type { Views } from './interactions/view-stack.ts'
import type { Traffic } from './traffic.ts'
import type { Timing } from './types.ts'
import type { Faults } from './web-api/faults.ts'
import type { OauthCodes } from './web-api/oauth-codes.ts'
import type { RateTiers } from './web-api/rate-tiers.ts'
import type { App, Workspace } from './workspace.ts'

/** The parts of one sandbox, made once in server.ts. */
export interface Core {
  /** `http://127.0.0.1:port` */
  url: string
  workspace: Workspace
  traffic: Traffic
  timing: Timing
  sockets: Sockets
  deliverer: Deliverer
  events: Events
  triggers: Triggers
  views: Views
  responseUrls: ResponseUrls
  suggested: Suggested
  faults: Faults
  oauthCodes: OauthCodes
  rateTiers: RateTiers
}

export function appOrFail(core: Core, appId: string): App {
  const app = core.workspace.apps.get(appId)
  if (!app) throw new Error(`no app ${appId}`)
  return app
}
