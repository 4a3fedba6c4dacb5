export const outputViewId = 'daypass.output'

/** Buttons on the requester's messages about a run. */
export const actionsActionIds = {
  cancel: 'daypass.run.cancel',
  output: 'daypass.run.output',
} as const
