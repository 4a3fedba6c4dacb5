import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { extendActionId, extendViewId } from './ids.ts'
import { extendAction } from './open.ts'
import { extendFormListener } from './submit.ts'

/** More time for a lease that is active: Extend… with its form. The line is a part of `/request-access`. */
export function extendFeature(parts: FeatureParts): Feature {
  return {
    actions: { [extendActionId]: extendAction(parts) },
    forms: { [extendViewId]: extendFormListener(parts) },
  }
}
