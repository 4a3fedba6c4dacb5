import { DirectoryUnavailable } from '../../../domain/ports.ts'
import type { Requestable } from '../../../usecases/list-requestable.ts'
import { entitlementOption, resourceOption, type Suggestions, saying, suggest } from '../../blocks/options.ts'
import type { SuggestionPayload } from '../../parse/payload.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { readForm } from '../form-state.ts'
import type { SuggestListener } from '../listener.ts'

type Parts = { readonly usecases: Pick<SlackUsecases, 'listRequestable'> }

/** Resources that this person may ask for, as they type. */
export function resourceSuggestions(parts: Parts): SuggestListener {
  return suggesting(parts, (offers, { typed }) =>
    suggest(
      offers.map(({ resource }) => resource),
      typed,
      ({ id, name, environment }) => [id, name, environment ?? ''],
      resourceOption,
    ),
  )
}

/** Entitlements of the chosen resource, where there are too many for a list. */
export function entitlementSuggestions(parts: Parts): SuggestListener {
  return suggesting(parts, (offers, { typed, view }) => {
    const chosen = view && readForm(view).resourceId
    const offer = offers.find(({ resource }) => resource.id === chosen)
    return suggest(offer?.entitlements ?? [], typed, ({ id, name }) => [id, name], entitlementOption)
  })
}

function suggesting(
  { usecases }: Parts,
  answer: (offers: readonly Requestable[], asked: SuggestionPayload) => Suggestions,
): SuggestListener {
  return async (asked, reply) => {
    try {
      const offers = await usecases.listRequestable({ asker: asked.by })
      await reply.suggest(answer(offers, asked))
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      await reply.suggest(saying('Slack did not say who you are; type again to retry'))
    }
  }
}
