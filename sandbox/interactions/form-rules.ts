import { asString, type Json } from '../json.ts'
import { placedElements } from './elements.ts'
import { currentValue } from './state-values.ts'
import type { View } from './view-stack.ts'

/** The errors that Slack's form shows before it asks the app, by block id. */
export function formErrors(view: View): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const { block, element } of placedElements(view.blocks)) {
    if (block.type !== 'input') continue
    const blockId = asString(block.block_id)
    const value = currentValue(view.values[blockId]?.[asString(element.action_id)])
    const empty =
      value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
    const problem = empty
      ? block.optional === true
        ? undefined
        : 'Please complete this required field.'
      : valueProblem(element, value)
    if (problem) errors[blockId] = problem
  }
  return errors
}

function valueProblem(element: Json, value: unknown): string | undefined {
  switch (element.type) {
    case 'plain_text_input':
      return lengthProblem(element, asString(value))
    case 'number_input':
      return numberProblem(element, asString(value))
    case 'email_text_input':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(asString(value))
        ? undefined
        : 'Please enter a valid email address.'
    case 'url_text_input':
      return URL.canParse(asString(value)) ? undefined : 'Please enter a valid URL.'
    default:
      return undefined
  }
}

function lengthProblem(element: Json, value: string): string | undefined {
  const min = Number(element.min_length ?? 0)
  const max = Number(element.max_length ?? 3000)
  if (value.length < min) return `Must be at least ${min} characters.`
  return value.length > max ? `Must be no more than ${max} characters.` : undefined
}

function numberProblem(element: Json, value: string): string | undefined {
  const pattern = element.is_decimal_allowed === true ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/
  if (!pattern.test(value)) return 'Please enter a number.'
  if (element.min_value !== undefined && Number(value) < Number(element.min_value)) {
    return `Must be at least ${asString(element.min_value)}.`
  }
  if (element.max_value !== undefined && Number(value) > Number(element.max_value)) {
    return `Must be no more than ${asString(element.max_value)}.`
  }
  return undefined
}
