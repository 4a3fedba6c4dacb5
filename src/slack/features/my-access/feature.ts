import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { cancelAction } from './cancel.ts'
import { credentialsAction, credentialsFormListener } from './credentials.ts'
import { credentialsViewId, myAccessActionIds } from './ids.ts'
import { keepAction } from './keep.ts'
import { nudgeAction } from './nudge.ts'
import { releaseAction } from './release.ts'

/** The buttons of a requester: cancel, credentials, release, keep; and a public key for credentials. */
export function myAccessFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [myAccessActionIds.cancel]: cancelAction(parts),
      [myAccessActionIds.nudge]: nudgeAction(parts),
      [myAccessActionIds.credentials]: credentialsAction(parts),
      [myAccessActionIds.release]: releaseAction(parts),
      [myAccessActionIds.keep]: keepAction(parts),
    },
    forms: { [credentialsViewId]: credentialsFormListener(parts) },
  }
}
