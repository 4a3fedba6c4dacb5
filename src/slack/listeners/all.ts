import type { Catalog } from '../../domain/catalog.ts'
import type { Clock } from '../../domain/ports.ts'
import type { Channels } from '../channels.ts'
import type { SlackDirectory } from '../directory.ts'
import { actionIds, commandNames, viewIds } from '../ids.ts'
import type { Opener } from '../open-view.ts'
import type { SlackUsecases } from '../slack-usecases.ts'
import { auditPageAction, auditShareAction, auditStoryAction, auditTableAction } from './actions/audit.ts'
import { approveAction, denyAction, revokeAction } from './actions/card.ts'
import { credentialsAction } from './actions/credentials.ts'
import { chooseEntitlementAction, chooseResourceAction } from './actions/form.ts'
import { againAction, cancelAction, releaseAction } from './actions/requester.ts'
import { auditCommand } from './commands/audit.ts'
import { requestAccessCommand } from './commands/request-access.ts'
import { channelSharedListener } from './events/channels.ts'
import { groupChangeListener, userChangeListener } from './events/people.ts'
import type { Listeners } from './listener.ts'
import { entitlementSuggestions, resourceSuggestions } from './options/form.ts'
import { denyFormListener, revokeFormListener } from './views/reason.ts'
import { requestFormListener } from './views/request.ts'

export interface ListenerParts {
  readonly usecases: SlackUsecases
  readonly catalog: Catalog
  readonly directory: SlackDirectory
  readonly channels: Channels
  readonly clock: Clock
  readonly opener: Opener
}

/** The one place where ids meet what answers to them. */
export function allListeners(parts: ListenerParts): Listeners {
  return {
    commands: new Map([
      [commandNames.requestAccess, requestAccessCommand(parts)],
      [commandNames.audit, auditCommand(parts)],
    ]),
    actions: new Map([
      [actionIds.approve, approveAction(parts)],
      [actionIds.deny, denyAction(parts)],
      [actionIds.revoke, revokeAction(parts)],
      [actionIds.cancel, cancelAction(parts)],
      [actionIds.release, releaseAction(parts)],
      [actionIds.again, againAction(parts)],
      [actionIds.credentials, credentialsAction(parts)],
      [actionIds.formResource, chooseResourceAction(parts)],
      [actionIds.formEntitlement, chooseEntitlementAction(parts)],
      [actionIds.auditPrevious, auditPageAction(parts)],
      [actionIds.auditNext, auditPageAction(parts)],
      [actionIds.auditList, auditPageAction(parts)],
      [actionIds.auditTable, auditTableAction(parts)],
      [actionIds.auditTablePrevious, auditTableAction(parts)],
      [actionIds.auditTableNext, auditTableAction(parts)],
      [actionIds.auditStory, auditStoryAction(parts)],
      [actionIds.auditShare, auditShareAction(parts)],
    ]),
    forms: new Map([
      [viewIds.request, requestFormListener(parts)],
      [viewIds.deny, denyFormListener(parts)],
      [viewIds.revoke, revokeFormListener(parts)],
    ]),
    suggestions: new Map([
      [actionIds.formResource, resourceSuggestions(parts)],
      [actionIds.formEntitlement, entitlementSuggestions(parts)],
    ]),
    events: new Map([
      ['user_change', userChangeListener(parts)],
      ['subteam_members_changed', groupChangeListener(parts)],
      ['subteam_updated', groupChangeListener(parts)],
      ['channel_shared', channelSharedListener(parts)],
      ['channel_unshared', channelSharedListener(parts)],
    ]),
  }
}
