import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { fineAction, fineFormListener, revokeFromAlertAction } from './clicks.ts'
import { alertActionIds, alertViewId } from './ids.ts'

/** What Daypass noticed, and what people say of it. */
export function alertsFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [alertActionIds.fine]: fineAction(parts),
      [alertActionIds.revoke]: revokeFromAlertAction(parts),
    },
    forms: { [alertViewId]: fineFormListener(parts) },
  }
}
