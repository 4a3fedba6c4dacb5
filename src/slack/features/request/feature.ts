import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { againAction } from './again.ts'
import { chooseEntitlementAction, chooseResourceAction } from './choose.ts'
import { requestAccessCommand } from './command.ts'
import { requestActionIds, requestCommand, requestViewId } from './ids.ts'
import { requestFormListener } from './submit.ts'
import { entitlementSuggestions, resourceSuggestions } from './suggestions.ts'

/** Requests for access: the command, and the form with its lists. */
export function requestFeature(parts: FeatureParts): Feature {
  return {
    commands: { [requestCommand]: requestAccessCommand(parts) },
    actions: {
      [requestActionIds.resource]: chooseResourceAction(parts),
      [requestActionIds.entitlement]: chooseEntitlementAction(parts),
      [requestActionIds.again]: againAction(parts),
    },
    forms: { [requestViewId]: requestFormListener(parts) },
    suggestions: {
      [requestActionIds.resource]: resourceSuggestions(parts),
      [requestActionIds.entitlement]: entitlementSuggestions(parts),
    },
  }
}
