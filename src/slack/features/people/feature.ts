import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import {
  addAction,
  contractorsCommand,
  extendAction,
  letEndAction,
  linkAction,
  listAction,
  menuAction,
  takeOverAction,
} from './clicks.ts'
import { contractorsCommandName, peopleActionIds, peopleViewIds } from './ids.ts'
import {
  addFormListener,
  endFormListener,
  extendFormListener,
  handOverFormListener,
  linkFormListener,
  loginFormListener,
  takeOverFormListener,
} from './submissions.ts'

/** Contractors: the command, its list and forms, and the buttons on notices of an end. */
export function peopleFeature(parts: FeatureParts): Feature {
  const list = listAction(parts)
  return {
    commands: { [contractorsCommandName]: contractorsCommand(parts) },
    actions: {
      [peopleActionIds.menu]: menuAction(parts),
      [peopleActionIds.add]: addAction(parts),
      [peopleActionIds.takeOver]: takeOverAction(parts),
      [peopleActionIds.link]: linkAction(parts),
      [peopleActionIds.previous]: list,
      [peopleActionIds.next]: list,
      [peopleActionIds.scope]: list,
      [peopleActionIds.extend]: extendAction(parts),
      [peopleActionIds.letEnd]: letEndAction(parts),
    },
    forms: {
      [peopleViewIds.add]: addFormListener(parts),
      [peopleViewIds.extend]: extendFormListener(parts),
      [peopleViewIds.end]: endFormListener(parts),
      [peopleViewIds.handOver]: handOverFormListener(parts),
      [peopleViewIds.takeOver]: takeOverFormListener(parts),
      [peopleViewIds.login]: loginFormListener(parts),
      [peopleViewIds.link]: linkFormListener(parts),
    },
  }
}
