import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { breakGlassActionIds, breakGlassViewId, reviewViewId } from './ids.ts'
import { openBreakGlassAction } from './open.ts'
import { reviewAction, reviewFormListener } from './review.ts'
import { breakGlassFormListener } from './take.ts'

/** Access in an emergency: the form that says what happens, and the review afterwards. */
export function breakGlassFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [breakGlassActionIds.open]: openBreakGlassAction(parts),
      [breakGlassActionIds.review]: reviewAction(parts),
    },
    forms: {
      [breakGlassViewId]: breakGlassFormListener(parts),
      [reviewViewId]: reviewFormListener(parts),
    },
  }
}
