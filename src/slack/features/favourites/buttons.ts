import type { Button } from '@slack/types'
import type { Favourite } from '../../../domain/favourite.ts'
import { button } from '../../kit/blocks.ts'
import { favouriteActionIds } from './ids.ts'
import { favouriteValue } from './value.ts'

export function addFavouriteButton(favourite: Favourite): Button {
  return button('☆ Add to favourites', favouriteActionIds.add, favouriteValue(favourite))
}

export function removeFavouriteButton(favourite: Favourite): Button {
  return button('★ Remove', favouriteActionIds.remove, favouriteValue(favourite))
}
