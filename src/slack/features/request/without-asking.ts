import type { KnownBlock } from '@slack/types'
import type { Entitlement } from '../../../domain/catalog.ts'
import { formatDuration } from '../../../domain/duration.ts'
import type { PreApprovalWithPeople } from '../../../domain/request-history.ts'
import { actions, button, context, section } from '../../kit/blocks.ts'
import { mention, moment } from '../../kit/text.ts'
import { breakGlassActionIds } from '../break-glass/ids.ts'

/** A request that fits the pre-approval asks nobody. */
export function preApprovedBlocks({
  preApproved,
}: {
  readonly preApproved: PreApprovalWithPeople | null
}): KnownBlock[] {
  if (!preApproved) return []
  const { reference, maker, goodThrough, maxDurationSeconds } = preApproved
  return [
    section(
      `✅ You are pre-approved until ${moment(goodThrough)}, for up to ${formatDuration(maxDurationSeconds)} each time ` +
        `(${reference}, by ${mention(maker.userId)}). A request within that asks nobody.`,
    ),
  ]
}

/** The way for an emergency. The next form says what happens, before anything happens. */
export function emergencyBlocks({
  inEmergency,
  entitlement,
}: {
  readonly inEmergency: boolean
  readonly entitlement: Entitlement | null
}): KnownBlock[] {
  if (!inEmergency || !entitlement) return []
  return [
    { type: 'divider' },
    context(
      'In an emergency you may take this at once. Owners and security are told, and an owner reviews it.',
    ),
    actions(button('Break glass…', breakGlassActionIds.open, entitlement.id, { style: 'danger' })),
  ]
}
