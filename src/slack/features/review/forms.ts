import type { ModalView } from '@slack/types'
import type { Campaign, CampaignItem } from '../../../domain/campaign.ts'
import { context, section } from '../../kit/blocks.ts'
import { reasonForm } from '../../kit/reason-form.ts'
import { plain } from '../../kit/text.ts'
import { reviewViewIds, untilInput } from './ids.ts'
import { holderText, itemText, useText } from './words.ts'

interface Asked {
  readonly campaign: Pick<Campaign, 'reference'>
  readonly item: CampaignItem
}

const label = 'Why?'
const hint = 'The person and the auditors read this. Never write a password, a key or a token.'

/** Asks why something ends. */
export function endForm({ campaign, item }: Asked): ModalView {
  return reasonForm({
    callbackId: reviewViewIds.end,
    title: `End · ${campaign.reference}`,
    submit: 'End it',
    requestId: item.id,
    about: [
      section(`${holderText(item)}\n${itemText(item, new Map())}\n${useText(item)}`),
      context(consequences[item.kind]),
    ],
    label,
    hint,
  })
}

const consequences = {
  lease:
    'Daypass closes open sessions and removes the access at once. You cannot undo this, but the holder can ask again.',
  pre_approval: 'From now on the owners are asked again. Leases that are open stay open.',
  engagement: 'All access of this person is taken back at once, and they cannot ask any more.',
  standing:
    'Daypass did not give this, so it does not remove it. The owners are asked to, until the system no longer shows it.',
} as const satisfies Record<CampaignItem['kind'], string>

/** Asks for the new end, and why. */
export function shortenForm({ campaign, item }: Asked): ModalView {
  const form = reasonForm({
    callbackId: reviewViewIds.shorten,
    title: `Shorten · ${campaign.reference}`,
    submit: 'Shorten it',
    requestId: item.id,
    about: [section(`${holderText(item)}\n${itemText(item, new Map())}\n${useText(item)}`)],
    label,
    hint,
  })
  const [about, ...rest] = form.blocks
  return {
    ...form,
    blocks: [
      ...(about ? [about] : []),
      {
        type: 'input',
        block_id: 'until',
        label: plain('The last day'),
        hint: plain('It ends in the last minute of that day, in your time zone.'),
        element: { type: 'datepicker', action_id: untilInput },
      },
      ...rest,
    ],
  }
}
