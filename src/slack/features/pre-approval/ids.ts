export const preApproveViewId = 'daypass.pre_approve'

/** The button on the card of a pending request, and the buttons of the list. */
export const preApprovalActionIds = {
  open: 'daypass.pre_approve',
  withdraw: 'daypass.pre_approval.withdraw',
} as const

export const preApproveInputIds = {
  lastDay: 'daypass.form.last_day',
  duration: 'daypass.form.longest_use',
  reason: 'daypass.form.pre_approval_reason',
} as const
