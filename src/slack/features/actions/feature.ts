import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { cancelRunAction } from './cancel.ts'
import { actionsActionIds, stopRunViewId } from './ids.ts'
import { showOutputAction } from './output.ts'
import { stopRunAction, stopRunFormListener } from './stop.ts'

/** The buttons of a run: cancel and stop, and its output. */
export function actionsFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [actionsActionIds.cancel]: cancelRunAction(parts),
      [actionsActionIds.stop]: stopRunAction(parts),
      [actionsActionIds.output]: showOutputAction(parts),
    },
    forms: { [stopRunViewId]: stopRunFormListener(parts) },
  }
}
