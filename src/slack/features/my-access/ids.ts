export const credentialsViewId = 'daypass.credentials'
export const publicKeyInputId = 'daypass.credentials.public_key'

/** Buttons on the requester's messages. */
export const myAccessActionIds = {
  cancel: 'daypass.cancel',
  nudge: 'daypass.nudge',
  credentials: 'daypass.credentials',
  release: 'daypass.release',
  keep: 'daypass.keep',
} as const
