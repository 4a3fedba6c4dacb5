import type { AccessRequest } from './request.ts'
import type { RequestHistory } from './request-history.ts'

/** The history of a request about which nothing is known but who asks. */
export function freshHistory(
  request: AccessRequest,
  by: Pick<RequestHistory, 'requester' | 'engagement'>,
  extended: RequestHistory['extends'] = null,
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
    extends: extended,
    extensions: [],
    run: null,
    preview: null,
    tasks: [],
    absences: [],
    calls: [],
    cancelledBy: null,
  }
}
