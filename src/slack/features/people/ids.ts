/** Buttons of engagements. Their value is the id of the engagement. */
export const peopleActionIds = {
  extend: 'daypass.people.extend',
  letEnd: 'daypass.people.let_end',
} as const
