import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { approveAction } from './approve.ts'
import { approveForLessAction, approveForLessListener } from './approve-for-less.ts'
import { denyAction, denyFormListener } from './deny.ts'
import { approveForLessViewId, decideActionIds, denyViewId } from './ids.ts'

/** Decisions on requests: Approve, Approve for less with its form, and Deny with its form. */
export function decideFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [decideActionIds.approve]: approveAction(parts),
      [decideActionIds.approveForLess]: approveForLessAction(parts),
      [decideActionIds.deny]: denyAction(parts),
    },
    forms: {
      [denyViewId]: denyFormListener(parts),
      [approveForLessViewId]: approveForLessListener(parts),
    },
  }
}
