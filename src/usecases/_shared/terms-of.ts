import type { ApprovalPlan } from '../../domain/approval-plan.ts'
import type { Catalog, Entitlement, Resource } from '../../domain/catalog.ts'
import type { Terms } from '../../domain/request.ts'

/** What a request of this entitlement keeps of the catalog. */
export function termsOf(
  { defaults }: Pick<Catalog, 'defaults'>,
  resource: Resource,
  entitlement: Entitlement,
  approvals: ApprovalPlan,
): Terms {
  return {
    resourceName: resource.name,
    environment: resource.environment,
    entitlementName: entitlement.name,
    risk: entitlement.risk,
    approvals,
    tell: entitlement.tell,
    selfServePerPersonAndDay: entitlement.selfServePerPersonAndDay ?? defaults.selfServePerPersonAndDay,
    breakGlassSeconds: entitlement.breakGlass?.maxDurationSeconds ?? null,
    ...(entitlement.stepUp?.length ? { stepUp: entitlement.stepUp } : {}),
    content: entitlement.content,
  }
}
