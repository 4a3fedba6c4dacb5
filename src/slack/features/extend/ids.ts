export const extendViewId = 'daypass.extend'

/** Extend…, on the messages about a lease that is active, and on its row of the Home tab. The value is the request of the lease. */
export const extendActionId = 'daypass.extend'
