/** Buttons about legal holds. */
export const holdActionIds = {
  askLift: 'daypass.hold.lift',
  confirmLift: 'daypass.hold.confirm',
  declineLift: 'daypass.hold.decline',
} as const
