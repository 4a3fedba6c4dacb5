export const denyViewId = 'daypass.deny'

/** Buttons on the card of a pending request. */
export const decideActionIds = {
  approve: 'daypass.approve',
  approveForLess: 'daypass.approve_for_less',
  deny: 'daypass.deny',
} as const

export const approveForLessViewId = 'daypass.approve_for_less'
export const shorterInputId = 'daypass.form.shorter'
