import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { linkActionId } from './ids.ts'
import { openLinkAction } from './open.ts'

/** Messages with a button that opens the request form filled in. */
export function linkFeature(parts: FeatureParts): Feature {
  return { actions: { [linkActionId]: openLinkAction(parts) } }
}
