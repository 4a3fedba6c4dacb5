import type { PlainTextOption } from '@slack/types'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import { formatDuration } from '../../domain/duration.ts'
import type { Matches } from '../../usecases/requests/list-requestable.ts'
import { riskText } from './terms.ts'
import { countOf, oneLine, plain } from './text.ts'

/** Slack shows no more options at a time. */
export const maxOptions = 100

/** The answer to somebody typing into a select: options, or a group whose label says that there are more. */
export type Suggestions =
  | { readonly options: PlainTextOption[] }
  | { readonly option_groups: { label: PlainTextOption['text']; options: PlainTextOption[] }[] }

export function resourceOption(resource: Resource): PlainTextOption {
  const described = [resource.environment, resource.id].filter((part) => part !== null).join(' · ')
  return {
    text: plain(oneLine(resource.name), 75),
    value: resource.id,
    description: plain(oneLine(described), 75),
  }
}

export function entitlementOption(entitlement: Entitlement): PlainTextOption {
  const { approvals, maxDurationSeconds, risk } = entitlement
  const described = `${riskText(risk)} risk · up to ${formatDuration(maxDurationSeconds)} · ${countOf(approvals, 'approval')}`
  return {
    text: plain(oneLine(entitlement.name), 75),
    value: entitlement.id,
    description: plain(described, 75),
  }
}

/** Value of an option that only says something. No id of the catalog begins so. */
const messageOptionValue = '!'

/** An option that only says something: where nothing can be chosen, a list must still say why. */
export function messageOption(text: string): Suggestions {
  return { options: [{ text: plain(text, 75), value: messageOptionValue }] }
}

/** What matches what was typed. Where there is more than Slack shows, it says so. */
export function suggest<T>(
  { found, more }: Matches<T>,
  typed: string,
  optionOf: (item: T) => PlainTextOption,
): Suggestions {
  if (found.length === 0)
    return messageOption(
      typed.trim() === '' ? 'Nothing here that you may ask for' : 'Nothing matches; try fewer letters',
    )
  const options = found.map(optionOf)
  if (!more) return { options }
  return {
    option_groups: [{ label: plain(`The first ${found.length}: keep typing for the rest`, 75), options }],
  }
}
