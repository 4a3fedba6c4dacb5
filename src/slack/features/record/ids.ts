/** Buttons on messages to security about the record. */
export const recordActionIds = {
  acknowledge: 'daypass.record.acknowledge',
  confirmErasure: 'daypass.erasure.confirm',
  declineErasure: 'daypass.erasure.decline',
} as const
