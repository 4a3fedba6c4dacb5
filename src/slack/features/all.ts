import type { Catalog } from '../../domain/catalog.ts'
import type { Clock } from '../../domain/ports.ts'
import type { Channels } from '../api/channels.ts'
import type { SlackDirectory } from '../api/directory.ts'
import type { Opener } from '../api/open-view.ts'
import type { Listeners } from '../edge/listener.ts'
import { actionIds, commandNames, viewIds } from '../ids.ts'
import type { SlackUsecases } from '../slack-usecases.ts'
import { auditPageAction, auditShareAction, auditStoryAction, auditTableAction } from './audit/clicks.ts'
import { auditCommand } from './audit/command.ts'
import { approveAction, denyAction, revokeAction } from './decide/card-clicks.ts'
import { denyFormListener, revokeFormListener } from './decide/reason-forms.ts'
import { credentialsAction } from './my-access/credentials.ts'
import { againAction, cancelAction, releaseAction } from './my-access/requester-clicks.ts'
import { chooseEntitlementAction, chooseResourceAction } from './request/choose.ts'
import { requestAccessCommand } from './request/command.ts'
import { requestFormListener } from './request/submit.ts'
import { entitlementSuggestions, resourceSuggestions } from './request/suggestions.ts'
import { channelSharedListener } from './workspace-events/channels.ts'
import { groupChangeListener, userChangeListener } from './workspace-events/people.ts'

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
