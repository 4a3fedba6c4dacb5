export const credentialsViewId = 'daypass.credentials'

/** Buttons on the requester's messages. */
export const myAccessActionIds = {
  cancel: 'daypass.cancel',
  credentials: 'daypass.credentials',
  release: 'daypass.release',
} as const
