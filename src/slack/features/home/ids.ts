/** The button of the Home tab that opens the empty request form. */
export const homeRequestActionId = 'daypass.home.request'
