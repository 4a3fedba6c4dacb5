import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { approveAllAction, denyAllAction, denyAllListener } from './decide.ts'
import { bundleActionIds, bundleViewId, denyAllViewId } from './ids.ts'
import { bundleFormListener } from './submit.ts'

/** Bundles: the form, and the decision about several parts at once. */
export function bundleFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [bundleActionIds.approveAll]: approveAllAction(parts),
      [bundleActionIds.denyAll]: denyAllAction(parts),
    },
    forms: {
      [bundleViewId]: bundleFormListener(parts),
      [denyAllViewId]: denyAllListener(parts),
    },
  }
}
