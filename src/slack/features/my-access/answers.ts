/** Only the requester may use the buttons of a request. */
export const notYours = 'Only the person who asked for this access can do that. Nothing was changed.'
