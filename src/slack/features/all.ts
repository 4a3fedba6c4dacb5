import type { Feature } from '../kit/listener.ts'
import { actionsFeature } from './actions/feature.ts'
import { alertsFeature } from './alerts/feature.ts'
import { auditFeature } from './audit/feature.ts'
import { awayFeature } from './away/feature.ts'
import { breakGlassFeature } from './break-glass/feature.ts'
import { bundleFeature } from './bundle/feature.ts'
import { decideFeature } from './decide/feature.ts'
import { extendFeature } from './extend/feature.ts'
import { favouritesFeature } from './favourites/feature.ts'
import type { FeatureParts } from './feature.ts'
import { holdsFeature } from './holds/feature.ts'
import { homeFeature } from './home/feature.ts'
import { linkFeature } from './link/feature.ts'
import { myAccessFeature } from './my-access/feature.ts'
import { panicFeature } from './panic/feature.ts'
import { peopleFeature } from './people/feature.ts'
import { preApprovalFeature } from './pre-approval/feature.ts'
import { recordFeature } from './record/feature.ts'
import { requestFeature } from './request/feature.ts'
import { reviewFeature } from './review/feature.ts'
import { revokeFeature } from './revoke/feature.ts'
import { stepUpFeature } from './step-up/feature.ts'
import { tasksFeature } from './tasks/feature.ts'
import { workspaceEventsFeature } from './workspace-events/feature.ts'

/** Every feature, in the order of a request's life. */
export function allFeatures(parts: FeatureParts): Feature[] {
  return [
    requestFeature(parts),
    bundleFeature(parts),
    linkFeature(parts),
    favouritesFeature(parts),
    decideFeature(parts),
    preApprovalFeature(parts),
    breakGlassFeature(parts),
    myAccessFeature(parts),
    actionsFeature(parts),
    extendFeature(parts),
    tasksFeature(parts),
    revokeFeature(parts),
    panicFeature(parts),
    reviewFeature(parts),
    alertsFeature(parts),
    auditFeature(parts),
    stepUpFeature(parts),
    recordFeature(parts),
    holdsFeature(parts),
    homeFeature(parts),
    awayFeature(parts),
    peopleFeature(parts),
    workspaceEventsFeature(parts),
  ]
}
