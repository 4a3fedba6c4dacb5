import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { cancelAction } from './cancel.ts'
import { credentialsAction } from './credentials.ts'
import { myAccessActionIds } from './ids.ts'
import { releaseAction } from './release.ts'

/** The buttons of a requester: cancel, credentials, release. */
export function myAccessFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [myAccessActionIds.cancel]: cancelAction(parts),
      [myAccessActionIds.credentials]: credentialsAction(parts),
      [myAccessActionIds.release]: releaseAction(parts),
    },
  }
}
