import { mostFavourites } from '../../../domain/favourite.ts'
import { addFavourite, removeFavourite } from '../../../usecases/favourites/change-favourites.ts'
import { openHome } from '../../../usecases/home/publish-home.ts'
import { outdatedButton } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener, Feature } from '../../kit/listener.ts'
import { code } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { favouriteActionIds } from './ids.ts'
import { parseFavouriteValue } from './value.ts'

/** Entitlements and actions that a person wants to see first, on the Home tab and in the form. */
export function favouritesFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      [favouriteActionIds.add]: addAction(parts),
      [favouriteActionIds.remove]: removeAction(parts),
    },
  }
}

function addAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value, view }, reply) => {
    await reply.acknowledge()
    const favourite = parseFavouriteValue(value)
    if (!favourite) return reply.ephemeral(textMessage(outdatedButton))
    const what = code(`${favourite.resourceId} ${favourite.entitlementId}`)
    const outcome = await addFavourite(ports, { by, favourite })
    // The tab itself shows that it is added.
    if (view?.isHome && (outcome === 'added' || outcome === 'known')) return openHome(ports, by)
    const sentence = {
      added: `★ ${what} is one of your favourites now. The form and the Home tab show it first.`,
      known: `★ ${what} is one of your favourites already.`,
      too_many: `You have ${mostFavourites} favourites, which is the most. Remove one on the Home tab first.`,
      not_offered: `⛔ You may not ask for ${what} now, so it is no favourite.`,
    }[outcome]
    await reply.ephemeral(textMessage(sentence))
  }
}

function removeAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    await reply.acknowledge()
    const favourite = parseFavouriteValue(value)
    if (!favourite) return reply.ephemeral(textMessage(outdatedButton))
    await removeFavourite(ports, { by, favourite })
    await openHome(ports, by)
  }
}
