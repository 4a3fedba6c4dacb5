import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { revokeActionId, revokeAtOnceActionId, revokeViewId } from './ids.ts'
import { revokeAction, revokeFormListener } from './revoke.ts'
import { revokeAtOnceAction } from './revoke-at-once.ts'

/** Early revocation: Revoke now, with its form. */
export function revokeFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [revokeActionId]: revokeAction(parts),
      [revokeAtOnceActionId]: revokeAtOnceAction(parts),
    },
    forms: { [revokeViewId]: revokeFormListener(parts) },
  }
}
