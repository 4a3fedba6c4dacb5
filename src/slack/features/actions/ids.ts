export const outputViewId = 'daypass.output'
export const stopRunViewId = 'daypass.run.stop'

/** Buttons on the requester's messages about a run, and on the card. */
export const actionsActionIds = {
  cancel: 'daypass.run.cancel',
  stop: 'daypass.run.stop',
  output: 'daypass.run.output',
} as const
