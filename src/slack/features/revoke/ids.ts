export const revokeViewId = 'daypass.revoke'

/** The button on the card of a live grant. */
export const revokeActionId = 'daypass.revoke'

/** The button on messages about access that was taken in an emergency. It asks for no reason. */
export const revokeAtOnceActionId = 'daypass.revoke_at_once'
