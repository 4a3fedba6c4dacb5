/** The links to the step-up page. Slack tells of a click on them too. */
export const stepUpLinkId = 'daypass.step_up.link'

/** Buttons of the Home tab and of the window with one’s passkeys. */
export const passkeyActionIds = {
  open: 'daypass.passkeys.open',
  add: 'daypass.passkeys.add',
  remove: 'daypass.passkeys.remove',
  help: 'daypass.passkeys.help',
  link: 'daypass.passkeys.link_sign_in',
} as const

export const helpViewId = 'daypass.passkeys.help'
export const linkViewId = 'daypass.passkeys.link_sign_in'
export const passkeyInputIds = {
  person: 'daypass.passkeys.person',
  subject: 'daypass.passkeys.subject',
} as const
