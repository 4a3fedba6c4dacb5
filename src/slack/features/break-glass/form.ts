import type { InputBlock, KnownBlock, ModalView } from '@slack/types'
import type { Entitlement, Resource } from '../../../domain/catalog.ts'
import { formatDuration, parseDuration } from '../../../domain/duration.ts'
import { longestFreeText } from '../../../domain/free-text.ts'
import { section } from '../../kit/blocks.ts'
import { channelLink, inline, plain } from '../../kit/text.ts'
import { requestInputIds } from '../request/ids.ts'
import { breakGlassInputIds, breakGlassViewId } from './ids.ts'
import { breakGlassMetadata } from './metadata.ts'

/** The choice and the text of a person so far. */
export interface BreakGlassForm {
  readonly resource: Resource
  readonly entitlement: Entitlement
  readonly duration: string | null
  readonly justification: string
  /** Text above all fields, in mrkdwn: why the form was not accepted. */
  readonly banner: string | null
  readonly responseUrl: string | null
}

/** The second confirmation: says what happens, and asks for the reason. */
export function breakGlassForm(form: BreakGlassForm): ModalView {
  const { resource, entitlement, responseUrl } = form
  const { environment } = resource
  const where = environment === null ? '' : ` (${inline(environment, 32)})`
  return {
    type: 'modal',
    callback_id: breakGlassViewId,
    private_metadata: breakGlassMetadata({
      resourceId: resource.id,
      entitlementId: entitlement.id,
      responseUrl,
    }),
    title: plain('Break glass'),
    submit: plain('Take access now'),
    close: plain('Cancel'),
    blocks: [
      ...(form.banner === null ? [] : [section(form.banner)]),
      section(
        `🚨 *${inline(entitlement.name, 64)}* on *${inline(resource.name, 64)}*${where}, without an approval.`,
      ),
      section(whatHappens(resource)),
      durationInput(form),
      reasonInput(form),
      confirmInput(),
    ],
  }
}

function whatHappens({ owners }: Resource): string {
  return [
    '*This happens when you press “Take access now”:*',
    '• You get the access at once. Nobody is asked.',
    `• The owners in ${channelLink(owners.channel)} and the security team are told at once: your name, your reason and the time. They can take the access back with one press.`,
    '• An owner must review it within a day. Until it is done, you cannot break glass again.',
  ].join('\n')
}

function durationInput({ entitlement, duration }: BreakGlassForm): InputBlock {
  const most = entitlement.breakGlass?.maxDurationSeconds ?? entitlement.maxDurationSeconds
  const typed = duration === null ? null : parseDuration(duration)
  // The request form offered a longer time.
  const isTooLong = typed?.ok && typed.seconds > most
  const first = formatDuration(Math.min(most, entitlement.defaultDurationSeconds))
  const initial = duration === null || isTooLong ? first : duration
  return {
    type: 'input',
    block_id: 'duration',
    label: plain('For how long?'),
    hint: plain(`Up to ${formatDuration(most)}, from when access is open. Write 10m or 30m.`),
    element: {
      type: 'plain_text_input',
      action_id: requestInputIds.duration,
      initial_value: initial.slice(0, 40).replaceAll('\0', '').toWellFormed(),
      max_length: 40,
    },
  }
}

function reasonInput({ justification }: BreakGlassForm): InputBlock {
  const typed = justification.slice(0, longestFreeText).replaceAll('\0', '').toWellFormed()
  return {
    type: 'input',
    block_id: 'justification',
    label: plain('What is the emergency?'),
    hint: plain('Owners, security and auditors read this.'),
    element: {
      type: 'plain_text_input',
      action_id: requestInputIds.justification,
      multiline: true,
      max_length: longestFreeText,
      ...(typed === '' ? {} : { initial_value: typed }),
    },
  }
}

function confirmInput(): KnownBlock {
  const text = plain('This is an emergency, and I cannot wait for an approval.', 75)
  return {
    type: 'input',
    block_id: 'confirm',
    label: plain('Please confirm'),
    element: {
      type: 'checkboxes',
      action_id: breakGlassInputIds.confirm,
      options: [{ text, value: 'confirmed' }],
    },
  }
}
