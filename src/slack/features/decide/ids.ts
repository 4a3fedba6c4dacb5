export const denyViewId = 'daypass.deny'

/** Buttons on the card of a pending request. */
export const decideActionIds = { approve: 'daypass.approve', deny: 'daypass.deny' } as const
