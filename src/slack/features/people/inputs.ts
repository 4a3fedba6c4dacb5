import type { InputBlock, KnownBlock, ModalView } from '@slack/types'
import type { ContractorField } from '../../../usecases/people/_engagements/ask-manager.ts'
import type { FilledView } from '../../kit/payload.ts'
import { plain } from '../../kit/text.ts'
import { peopleInputIds } from './ids.ts'

interface Labels {
  readonly label: string
  readonly hint?: string
  readonly optional?: boolean
}

type Element = InputBlock['element']

/** A menu over the people of the workspace. Slack completes the name while the person types. */
export function personInput(
  field: ContractorField,
  labels: Labels,
  initial: string | null = null,
): InputBlock {
  const chosen = initial === null ? {} : { initial_user: initial }
  return input(field, labels, { type: 'users_select', action_id: peopleInputIds[field], ...chosen })
}

/** `initial`: a day such as `2027-03-31`. */
export function dayInput(field: ContractorField, labels: Labels, initial: string | null = null): InputBlock {
  const chosen = initial === null ? {} : { initial_date: initial }
  return input(field, labels, { type: 'datepicker', action_id: peopleInputIds[field], ...chosen })
}

export function textInput(field: ContractorField, labels: Labels, longest: number): InputBlock {
  return input(field, labels, {
    type: 'plain_text_input',
    action_id: peopleInputIds[field],
    max_length: longest,
  })
}

/** The errors of a form are shown beside the block with the name of the field. */
function input(
  field: ContractorField,
  { label, hint, optional = false }: Labels,
  element: Element,
): InputBlock {
  return {
    type: 'input',
    block_id: field,
    label: plain(label),
    optional,
    ...(hint === undefined ? {} : { hint: plain(hint) }),
    element,
  }
}

/** Titles and buttons have at most 24 characters: https://docs.slack.dev/reference/views/modal-views */
export function peopleForm(
  callbackId: string,
  { title, submit, metadata = '' }: { title: string; submit: string; metadata?: string },
  blocks: KnownBlock[],
): ModalView {
  return {
    type: 'modal',
    callback_id: callbackId,
    private_metadata: metadata,
    title: plain(title, 24),
    submit: plain(submit, 24),
    close: plain('Cancel'),
    blocks,
  }
}

/** The value of a field. Empty: the person chose or typed nothing. */
export function fieldOf({ inputs }: FilledView, field: ContractorField): string {
  return inputs.get(peopleInputIds[field])?.value ?? ''
}
