import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { cancelAction } from './cancel.ts'
import { credentialsAction } from './credentials.ts'
import { myAccessActionIds } from './ids.ts'
import { releaseAction } from './release.ts'

/** What a requester does with a request or a grant of their own. */
export function myAccessFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [myAccessActionIds.cancel]: cancelAction(parts),
      [myAccessActionIds.credentials]: credentialsAction(parts),
      [myAccessActionIds.release]: releaseAction(parts),
    },
  }
}
