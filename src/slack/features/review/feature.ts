import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { reviewActionIds, reviewViewIds } from './ids.ts'
import {
  decisionFormListener,
  keepAction,
  lookAction,
  openDecisionAction,
  signOffAction,
  turnPageAction,
} from './listeners.ts'

/** Access reviews: the buttons of those who decide, and the sign-off. */
export function reviewFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [reviewActionIds.keep]: keepAction(parts),
      [reviewActionIds.end]: openDecisionAction(parts, 'end'),
      [reviewActionIds.shorten]: openDecisionAction(parts, 'shorten'),
      [reviewActionIds.previous]: turnPageAction(parts),
      [reviewActionIds.next]: turnPageAction(parts),
      [reviewActionIds.look]: lookAction(parts),
      [reviewActionIds.signOff]: signOffAction(parts),
    },
    forms: {
      [reviewViewIds.end]: decisionFormListener(parts, 'end'),
      [reviewViewIds.shorten]: decisionFormListener(parts, 'shorten'),
    },
  }
}
