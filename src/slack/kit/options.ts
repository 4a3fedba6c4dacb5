import type { PlainTextOption } from '@slack/types'
import { approvalsIn } from '../../domain/approval-plan.ts'
import type { Bundle } from '../../domain/bundle.ts'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import { formatDuration } from '../../domain/duration.ts'
import type { OfferedFavourite } from '../../domain/home.ts'
import type { Matches } from '../../usecases/requests/list-requestable.ts'
import { riskText } from './terms.ts'
import { countOf, oneLine, plain } from './text.ts'

/** Slack's limit: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element */
export const maxOptions = 100

/** The answer while a person types in a select: options, or a group whose label says that there are more. */
export type Suggestions =
  | { readonly options: PlainTextOption[] }
  | { readonly option_groups: { label: PlainTextOption['text']; options: PlainTextOption[] }[] }

/** Texts of at most 75 characters: https://docs.slack.dev/reference/block-kit/composition-objects/option-object */
export function resourceOption(resource: Resource): PlainTextOption {
  const described = [resource.environment, resource.id].filter((part) => part !== null).join(' · ')
  return {
    text: plain(oneLine(resource.name), 75),
    value: resource.id,
    description: plain(oneLine(described), 75),
  }
}

/** `value`: as the list of systems reads it. */
export function favouriteOption({ offered }: OfferedFavourite, value: string): PlainTextOption {
  const { entitlementName, resourceName, environment } = offered
  const described = environment === null ? resourceName : `${resourceName} · ${environment}`
  return { text: plain(oneLine(entitlementName), 75), value, description: plain(oneLine(described), 75) }
}

export function bundleOption({ name, parts, maxDurationSeconds }: Bundle, value: string): PlainTextOption {
  const described = `${parts.length} entitlements together · up to ${formatDuration(maxDurationSeconds)}`
  return { text: plain(oneLine(name), 75), value, description: plain(described, 75) }
}

export function entitlementOption(entitlement: Entitlement): PlainTextOption {
  const { approvals, maxDurationSeconds, risk, action } = entitlement
  const time = action ? 'run once' : `up to ${formatDuration(maxDurationSeconds)}`
  const described = `${riskText(risk)} risk · ${time} · ${countOf(approvalsIn(approvals), 'approval')}`
  return {
    text: plain(oneLine(entitlement.name), 75),
    value: entitlement.id,
    description: plain(described, 75),
  }
}

/** The value of an option that is only a message. No id of the catalog begins with it. */
const messageOptionValue = '!'

/** An option that is only a message: it says why the list is empty. */
export function messageOption(text: string): Suggestions {
  return { options: [{ text: plain(text, 75), value: messageOptionValue }] }
}

/** The same options beneath a label, after those of another label. */
export function suggestBesides(
  first: { label: string; options: PlainTextOption[] },
  rest: Suggestions,
  label: string,
): Suggestions {
  if (first.options.length === 0) return rest
  const groups = 'options' in rest ? [{ label: plain(label, 75), options: rest.options }] : rest.option_groups
  const others = groups.filter(({ options }) => options.some(({ value }) => value !== messageOptionValue))
  return { option_groups: [{ label: plain(first.label, 75), options: first.options }, ...others] }
}

/** The options that match the typed text. A label says when there are more than Slack shows. */
export function suggest<T>(
  { found, more }: Matches<T>,
  typed: string,
  optionOf: (item: T) => PlainTextOption,
): Suggestions {
  if (found.length === 0)
    return messageOption(
      typed.trim() === '' ? 'There is nothing that you may ask for' : 'Nothing matches; type fewer letters',
    )
  const options = found.map(optionOf)
  if (!more) return { options }
  return {
    option_groups: [
      { label: plain(`The first ${found.length}: type more letters to see others`, 75), options },
    ],
  }
}
