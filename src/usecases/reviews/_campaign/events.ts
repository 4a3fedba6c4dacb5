import type { Actor, AuditAction, AuditEvent, Json } from '../../../domain/audit-event.ts'
import type { Campaign, CampaignItem } from '../../../domain/campaign.ts'
import { said } from '../../../domain/record/said-text.ts'
import { ofNoRequest } from '../../_shared/audit-events.ts'

/** An event about a campaign. */
export function ofCampaign(
  { id, reference }: Pick<Campaign, 'id' | 'reference'>,
  action: AuditAction,
  actor: Actor,
  at: Date,
  details: Record<string, Json> = {},
): AuditEvent {
  const about = ofNoRequest({ kind: 'campaign', id })
  return { ...about, at, actor, action, details: { review: reference, ...details } }
}

/** An event about one item. Searches find it by the person, the resource and the request. */
export function ofItem(
  campaign: Pick<Campaign, 'id' | 'reference'>,
  { id: item, kind, what, requestId, grantId, accountId, resourceId, entitlementId }: CampaignItem,
  action: AuditAction,
  actor: Actor,
  at: Date,
  { details = {}, reason = null }: { details?: Record<string, Json>; reason?: string | null } = {},
): AuditEvent {
  return {
    ...ofCampaign(campaign, action, actor, at, { item, kind, what, ...details }),
    ...{ requestId, grantId, accountId, resourceId, entitlementId },
    said: said(item, { review_reason: reason }),
  }
}
