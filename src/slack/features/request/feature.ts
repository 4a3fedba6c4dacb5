import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { againAction } from './again.ts'
import { chooseEntitlementAction, chooseResourceAction } from './choose.ts'
import { requestAccessCommand } from './command.ts'
import { requestActionIds, requestCommand, requestShortcutIds, requestViewId } from './ids.ts'
import { requestAboutMessageShortcut, requestShortcut } from './shortcuts.ts'
import { requestFormListener } from './submit.ts'
import { entitlementSuggestions, resourceSuggestions } from './suggestions.ts'

/** Requests for access: the command, the shortcuts, and the form with its lists. */
export function requestFeature(parts: FeatureParts): Feature {
  return {
    commands: { [requestCommand]: requestAccessCommand(parts) },
    actions: {
      [requestActionIds.resource]: chooseResourceAction(parts),
      [requestActionIds.entitlement]: chooseEntitlementAction(parts),
      [requestActionIds.again]: againAction(parts),
    },
    shortcuts: {
      [requestShortcutIds.global]: requestShortcut(parts),
      [requestShortcutIds.message]: requestAboutMessageShortcut(parts),
    },
    forms: { [requestViewId]: requestFormListener(parts) },
    suggestions: {
      [requestActionIds.resource]: resourceSuggestions(parts),
      [requestActionIds.entitlement]: entitlementSuggestions(parts),
    },
  }
}
