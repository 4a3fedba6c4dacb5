import { DirectoryUnavailable } from '../../../domain/ports.ts'
import { searchEntitlements, searchResources } from '../../../usecases/requests/list-requestable.ts'
import type { SuggestListener } from '../../kit/listener.ts'
import {
  entitlementOption,
  maxOptions,
  messageOption,
  resourceOption,
  type Suggestions,
  suggest,
} from '../../kit/options.ts'
import type { SuggestionPayload } from '../../kit/payload.ts'
import type { FeatureParts } from '../feature.ts'
import { readForm } from './form-state.ts'

/** Suggests resources that this person may request. */
export function resourceSuggestions({ ports }: Pick<FeatureParts, 'ports'>): SuggestListener {
  return suggesting(async ({ by, typed }) => {
    const matches = await searchResources(ports, { asker: by, typed, most: maxOptions })
    return suggest(matches, typed, resourceOption)
  })
}

/** Suggests entitlements of the chosen resource, when there are too many for a fixed list. */
export function entitlementSuggestions({ ports }: Pick<FeatureParts, 'ports'>): SuggestListener {
  return suggesting(async ({ by, typed, view }) => {
    const resourceId = view ? readForm(view).resourceId : ''
    const search = { asker: by, resourceId, typed, most: maxOptions }
    return suggest(await searchEntitlements(ports, search), typed, entitlementOption)
  })
}

function suggesting(answer: (asked: SuggestionPayload) => Promise<Suggestions>): SuggestListener {
  return async (asked, reply) => {
    try {
      await reply.suggest(await answer(asked))
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      await reply.suggest(messageOption('Slack did not tell me who you are; type again to retry'))
    }
  }
}
