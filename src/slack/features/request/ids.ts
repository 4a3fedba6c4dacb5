export const requestCommand = '/request-access'

export const requestViewId = 'daypass.request'

/** As in `manifest.yml`. */
export const requestShortcutIds = {
  /** In the composer, anywhere. */
  global: 'daypass.request.global',
  /** In the menu of a message. */
  message: 'daypass.request.message',
} as const

/** Selects that change the form, and the button that opens a filled form. */
export const requestActionIds = {
  resource: 'daypass.form.resource',
  entitlement: 'daypass.form.entitlement',
  again: 'daypass.again',
} as const

/** Inputs that Slack sends only with the submitted form. */
export const requestInputIds = {
  duration: 'daypass.form.duration',
  start: 'daypass.form.start',
  justification: 'daypass.form.justification',
  ticket: 'daypass.form.ticket',
} as const

const parameterPrefix = 'daypass.form.parameter.'

/** The input of a parameter of an action. */
export function parameterInputId(name: string): string {
  return `${parameterPrefix}${name}`
}

/** The name of the parameter. Null: another input. */
export function parameterOfInput(actionId: string): string | null {
  return actionId.startsWith(parameterPrefix) ? actionId.slice(parameterPrefix.length) : null
}
