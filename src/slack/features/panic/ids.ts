export const panicCommandName = '/revoke'

export const panicViewIds = { panic: 'daypass.panic', freeze: 'daypass.freeze' } as const

/** Lifts a freeze. The value is its id. */
export const liftActionId = 'daypass.freeze.lift'

/** Inputs of both forms. */
export const panicInputIds = {
  reason: 'daypass.panic.form.reason',
  freeze: 'daypass.panic.form.freeze',
  until: 'daypass.panic.form.until',
} as const
