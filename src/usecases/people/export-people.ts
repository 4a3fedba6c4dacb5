import type { ContractorRow } from '../../domain/engagement-message.ts'
import type { Ports } from '../../domain/ports.ts'

const atOnce = 500

/** Every open engagement with its contractor and confirmed logins. */
export async function exportPeople({ store }: Pick<Ports, 'store'>): Promise<ContractorRow[]> {
  const found: ContractorRow[] = []
  for (;;) {
    const { rows, total } = await store.people.contractors({
      sponsorPersonId: null,
      offset: found.length,
      limit: atOnce,
    })
    found.push(...rows)
    if (rows.length === 0 || found.length >= total) return found
  }
}
