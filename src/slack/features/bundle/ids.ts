export const bundleViewId = 'daypass.request_bundle'
export const denyAllViewId = 'daypass.deny_all'

/** Buttons on a card with several parts of a bundle. */
export const bundleActionIds = {
  approveAll: 'daypass.bundle.approve_all',
  denyAll: 'daypass.bundle.deny_all',
} as const

/** No id of a resource has a colon, so the list of systems can offer bundles too. */
const prefix = 'bundle:'

/** The value of a bundle in the list of systems. */
export function bundleValue(bundleId: string): string {
  return `${prefix}${bundleId}`
}

/** The id of the bundle. Null: the value is that of a resource. */
export function bundleOfValue(value: string): string | null {
  return value.startsWith(prefix) ? value.slice(prefix.length) : null
}
