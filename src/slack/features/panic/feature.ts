import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { revokeCommand } from './command.ts'
import { liftActionId, panicCommandName, panicViewIds } from './ids.ts'
import { liftAction } from './lift.ts'
import { freezeFormListener, panicFormListener } from './submit.ts'

/** All access of a person, a system or everybody, taken back at once; and freezes. */
export function panicFeature(parts: FeatureParts): Feature {
  return {
    commands: { [panicCommandName]: revokeCommand(parts) },
    actions: { [liftActionId]: liftAction(parts) },
    forms: {
      [panicViewIds.panic]: panicFormListener(parts),
      [panicViewIds.freeze]: freezeFormListener(parts),
    },
  }
}
