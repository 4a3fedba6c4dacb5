/** Buttons of the Home tab. */
export const awayActionIds = { away: 'daypass.away', back: 'daypass.away.back' } as const

export const awayViewId = 'daypass.away'
export const awayInputId = 'daypass.away.form.until'
