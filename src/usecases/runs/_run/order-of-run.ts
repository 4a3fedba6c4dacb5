import type { RunOrder } from '../../../domain/connector.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'

/** The order for a connector. Null: the request asks for no action. */
export function orderOfRun({ request, requester, preview }: RequestHistory): RunOrder | null {
  const { asksFor, terms, id, reference } = request
  if (asksFor.kind !== 'action') return null
  return {
    runId: id,
    reference,
    resourceId: asksFor.resourceId,
    actionId: asksFor.entitlementId,
    content: terms.content,
    values: asksFor.action.values,
    previewedRows: preview && 'rows' in preview ? preview.rows : null,
    requester: { displayName: requester.displayName, userId: requester.userId },
  }
}
