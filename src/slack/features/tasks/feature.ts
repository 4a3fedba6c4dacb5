import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { cannotViewId, doneViewId, taskActionIds } from './ids.ts'
import { cannotFormListener, doneFormListener, openFormAction } from './listeners.ts'

/** Tasks of people at targets without an API: the buttons, and their forms. */
export function tasksFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [taskActionIds.done]: openFormAction(parts, 'done'),
      [taskActionIds.cannot]: openFormAction(parts, 'cannot'),
    },
    forms: {
      [doneViewId]: doneFormListener(parts),
      [cannotViewId]: cannotFormListener(parts),
    },
  }
}
