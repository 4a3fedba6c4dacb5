/** The button of a posted message that opens the form filled in. */
export const linkActionId = 'daypass.link'
