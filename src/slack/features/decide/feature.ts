import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { approveAction } from './approve.ts'
import { denyAction, denyFormListener } from './deny.ts'
import { decideActionIds, denyViewId } from './ids.ts'

/** Decisions on requests: Approve, and Deny with its form. */
export function decideFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [decideActionIds.approve]: approveAction(parts),
      [decideActionIds.deny]: denyAction(parts),
    },
    forms: { [denyViewId]: denyFormListener(parts) },
  }
}
