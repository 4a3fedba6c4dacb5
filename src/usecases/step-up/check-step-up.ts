import type { Catalog, Entitlement } from '../../domain/catalog.ts'

/** Critical access that a taken-over Slack account could approve. */
export function criticalWithoutStepUp({ resources }: Pick<Catalog, 'resources'>): Entitlement[] {
  return [...resources.values()].flatMap(({ entitlements }) =>
    [...entitlements.values()].filter(
      ({ risk, stepUp = [] }) => risk === 'critical' && !stepUp.includes('approve'),
    ),
  )
}
