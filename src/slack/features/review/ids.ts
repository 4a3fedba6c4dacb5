/** Buttons on the messages about an access review. */
export const reviewActionIds = {
  keep: 'daypass.review.keep',
  end: 'daypass.review.end',
  shorten: 'daypass.review.shorten',
  previous: 'daypass.review.previous',
  next: 'daypass.review.next',
  look: 'daypass.review.look',
  signOff: 'daypass.review.sign_off',
} as const

export const reviewViewIds = { end: 'daypass.review.end', shorten: 'daypass.review.shorten' } as const

export const untilInput = 'daypass.form.review_until'
