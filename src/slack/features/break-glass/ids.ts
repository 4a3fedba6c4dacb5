export const breakGlassViewId = 'daypass.break_glass'
export const reviewViewId = 'daypass.review'

/** Buttons: in the request form, and on the messages about access that was taken in an emergency. */
export const breakGlassActionIds = { open: 'daypass.break_glass', review: 'daypass.review' } as const

export const breakGlassInputIds = {
  confirm: 'daypass.form.confirm',
  verdict: 'daypass.form.verdict',
} as const
