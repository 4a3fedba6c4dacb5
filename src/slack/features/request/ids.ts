export const requestCommand = '/request-access'

export const requestViewId = 'daypass.request'

/** Selects that draw the form anew, and the button that opens it filled in. */
export const requestActionIds = {
  resource: 'daypass.form.resource',
  entitlement: 'daypass.form.entitlement',
  again: 'daypass.again',
} as const

/** Inputs that raise nothing until the form is sent. */
export const requestInputIds = {
  duration: 'daypass.form.duration',
  justification: 'daypass.form.justification',
  ticket: 'daypass.form.ticket',
} as const
