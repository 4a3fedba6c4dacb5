import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { acknowledgeAction, answerErasureAction } from './clicks.ts'
import { recordActionIds } from './ids.ts'

/** The record: faults that a verification found, and erasures of free text. */
export function recordFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [recordActionIds.acknowledge]: acknowledgeAction(parts),
      [recordActionIds.confirmErasure]: answerErasureAction(parts, true),
      [recordActionIds.declineErasure]: answerErasureAction(parts, false),
    },
  }
}
