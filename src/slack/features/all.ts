import type { Feature } from '../kit/listener.ts'
import { auditFeature } from './audit/feature.ts'
import { breakGlassFeature } from './break-glass/feature.ts'
import { decideFeature } from './decide/feature.ts'
import type { FeatureParts } from './feature.ts'
import { homeFeature } from './home/feature.ts'
import { myAccessFeature } from './my-access/feature.ts'
import { peopleFeature } from './people/feature.ts'
import { preApprovalFeature } from './pre-approval/feature.ts'
import { requestFeature } from './request/feature.ts'
import { revokeFeature } from './revoke/feature.ts'
import { workspaceEventsFeature } from './workspace-events/feature.ts'

/** Every feature, in the order of a request's life. */
export function allFeatures(parts: FeatureParts): Feature[] {
  return [
    requestFeature(parts),
    decideFeature(parts),
    preApprovalFeature(parts),
    breakGlassFeature(parts),
    myAccessFeature(parts),
    revokeFeature(parts),
    auditFeature(parts),
    homeFeature(parts),
    peopleFeature(parts),
    workspaceEventsFeature(parts),
  ]
}
