import type { ContractorRow, EngagementView } from '../../domain/engagement-message.ts'
import type { Ports } from '../../domain/ports.ts'

/** The engagement with the confirmed logins of its person. */
export async function readContractor(
  { store }: Pick<Ports, 'store'>,
  view: EngagementView,
): Promise<ContractorRow> {
  const identities = await store.transaction((tx) => tx.identities.of(view.engagement.personId))
  return { ...view, identities }
}
