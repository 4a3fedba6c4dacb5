import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { preApprovalActionIds, preApproveViewId } from './ids.ts'
import { withdrawAction } from './list.ts'
import { preApproveAction, preApproveFormListener } from './make.ts'

/** Approvals in advance: Approve until… with its form, and the list with Withdraw. */
export function preApprovalFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [preApprovalActionIds.open]: preApproveAction(parts),
      [preApprovalActionIds.withdraw]: withdrawAction(parts),
    },
    forms: { [preApproveViewId]: preApproveFormListener(parts) },
  }
}
