export const favouriteActionIds = {
  add: 'daypass.favourite.add',
  remove: 'daypass.favourite.remove',
} as const
