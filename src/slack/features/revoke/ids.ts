export const revokeViewId = 'daypass.revoke'

/** The button on the card of a live grant. */
export const revokeActionId = 'daypass.revoke'
