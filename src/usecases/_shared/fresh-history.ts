import type { AccessRequest } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'

/** The history of a request that was stored a moment ago. */
export function freshHistory(
  request: AccessRequest,
  by: Pick<RequestHistory, 'requester' | 'engagement'>,
): RequestHistory {
  return {
    request,
    ...by,
    decisions: [],
    grant: null,
    revoker: null,
    review: null,
    usedPreApproval: null,
    madePreApproval: null,
  }
}
