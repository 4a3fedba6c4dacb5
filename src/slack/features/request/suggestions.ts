import { DirectoryUnavailable } from '../../../domain/ports.ts'
import type { SuggestListener } from '../../edge/listener.ts'
import type { SuggestionPayload } from '../../edge/payload.ts'
import {
  entitlementOption,
  mostOptions,
  resourceOption,
  type Suggestions,
  saying,
  suggest,
} from '../../kit/options.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { readForm } from './form-state.ts'

type Using<Name extends keyof SlackUsecases> = { readonly usecases: Pick<SlackUsecases, Name> }

/** Resources that this person may ask for, as they type. */
export function resourceSuggestions({ usecases }: Using<'searchResources'>): SuggestListener {
  return suggesting(async ({ by, typed }) => {
    const matches = await usecases.searchResources({ asker: by, typed, most: mostOptions })
    return suggest(matches, typed, resourceOption)
  })
}

/** Entitlements of the chosen resource, where there are too many for a list. */
export function entitlementSuggestions({ usecases }: Using<'searchEntitlements'>): SuggestListener {
  return suggesting(async ({ by, typed, view }) => {
    const resourceId = view ? readForm(view).resourceId : ''
    const search = { asker: by, resourceId, typed, most: mostOptions }
    return suggest(await usecases.searchEntitlements(search), typed, entitlementOption)
  })
}

function suggesting(answer: (asked: SuggestionPayload) => Promise<Suggestions>): SuggestListener {
  return async (asked, reply) => {
    try {
      await reply.suggest(await answer(asked))
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      await reply.suggest(saying('Slack did not say who you are; type again to retry'))
    }
  }
}
