/** Buttons on messages about alerts. */
export const alertActionIds = {
  revoke: 'daypass.alert.revoke',
  fine: 'daypass.alert.fine',
} as const

export const alertViewId = 'daypass.alert.fine_form'

export const muteInput = 'daypass.alert.mute'
