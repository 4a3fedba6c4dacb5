import { DirectoryUnavailable } from '../../../domain/directory.ts'
import { searchFavourites } from '../../../usecases/favourites/search-favourites.ts'
import {
  searchBundles,
  searchEntitlements,
  searchResources,
} from '../../../usecases/requests/list-requestable.ts'
import type { SuggestListener } from '../../kit/listener.ts'
import {
  bundleOption,
  entitlementOption,
  favouriteOption,
  maxOptions,
  messageOption,
  resourceOption,
  type Suggestions,
  suggest,
  suggestBesides,
} from '../../kit/options.ts'
import type { SuggestionPayload } from '../../kit/payload.ts'
import { bundleValue } from '../bundle/ids.ts'
import { favouriteOptionValue } from '../favourites/value.ts'
import type { FeatureParts } from '../feature.ts'
import { readForm } from './form-state.ts'

/** Suggests favourites, bundles and resources that this person may request. */
export function resourceSuggestions({ ports }: Pick<FeatureParts, 'ports'>): SuggestListener {
  return suggesting(async ({ by, typed }) => {
    const matches = await searchResources(ports, { asker: by, typed, most: maxOptions })
    const bundles = await searchBundles(ports, { asker: by, typed, most: 20 })
    const options = bundles.map((bundle) => bundleOption(bundle, bundleValue(bundle.id)))
    const favourites = (await searchFavourites(ports, { asker: by, typed })).map((one) =>
      favouriteOption(one, favouriteOptionValue(one)),
    )
    const systems = suggest(matches, typed, resourceOption)
    const others = suggestBesides({ label: 'Bundles', options }, systems, 'Systems')
    return suggestBesides({ label: '★ Favourites', options: favourites }, others, 'Systems')
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
