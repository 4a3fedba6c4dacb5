import type { InputBlock, InputBlockElement } from '@slack/types'
import type { Parameter } from '../../../domain/action.ts'
import type { Entitlement } from '../../../domain/catalog.ts'
import { plain } from '../../kit/text.ts'
import { parameterInputId } from './ids.ts'

/** The fields for the parameters of an action. The ids depend on the action, so that Slack drops the text for another one. */
export function parameterInput(
  { resourceId, id }: Entitlement,
  parameter: Parameter,
  typed: string,
): InputBlock {
  const hint = hintOf(parameter)
  return {
    type: 'input',
    block_id: `parameter:${resourceId} ${id} ${parameter.name}`.slice(0, 255),
    label: plain(parameter.label, 150),
    ...(hint === null ? {} : { hint: plain(hint, 150) }),
    element: elementOf(parameter, typed),
  }
}

function elementOf(parameter: Parameter, typed: string): InputBlockElement {
  const action_id = parameterInputId(parameter.name)
  switch (parameter.type) {
    case 'enum': {
      const options = parameter.values.map((value) => ({ text: plain(value, 75), value }))
      const chosen = options.find(({ value }) => value === typed)
      return { type: 'static_select', action_id, options, ...(chosen ? { initial_option: chosen } : {}) }
    }
    case 'date':
      return {
        type: 'datepicker',
        action_id,
        ...(/^\d{4}-\d{2}-\d{2}$/.test(typed) ? { initial_date: typed } : {}),
      }
    case 'string':
    case 'number': {
      const max_length = parameter.type === 'string' ? parameter.maxLength : 30
      const text = typed.slice(0, max_length).replaceAll('\0', '').toWellFormed()
      return {
        type: 'plain_text_input',
        action_id,
        max_length,
        ...(text === '' ? {} : { initial_value: text }),
      }
    }
  }
}

function hintOf(parameter: Parameter): string | null {
  switch (parameter.type) {
    case 'string':
      return parameter.example === null ? null : `For example ${parameter.example}.`
    case 'number':
      return `From ${parameter.min} to ${parameter.max}.`
    case 'enum':
      return null
    case 'date': {
      const { min, max } = parameter
      if (min === null && max === null) return null
      return [min && `from ${min}`, max && `until ${max}`].filter(Boolean).join(' ')
    }
  }
}
