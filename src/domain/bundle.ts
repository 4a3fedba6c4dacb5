/** Entitlements of the catalog that people ask for together. Each part is a request and a grant of its own. */
export interface Bundle {
  readonly id: string
  readonly name: string
  readonly description: string | null
  /** In the order of the catalog. No part is twice here, and none is an action. */
  readonly parts: readonly BundlePart[]
  readonly defaultDurationSeconds: number
  /** No part allows less. */
  readonly maxDurationSeconds: number
}

export interface BundlePart {
  readonly resourceId: string
  readonly entitlementId: string
}

/** One card shows every part of one owners' channel, within the length that Slack takes for a message. */
export const mostParts = 8
