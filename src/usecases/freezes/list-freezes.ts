import type { Freeze } from '../../domain/freeze.ts'
import { everyResource } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { type AccountKey, deciders, freshEnoughToShow, identify } from '../_shared/person.ts'

/** The freezes that hold now, of what this person could freeze. `mayLift`: this person may lift them. Throws `DirectoryUnavailable`. */
export async function listFreezes(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>,
  { by }: { by: AccountKey },
): Promise<{ readonly freezes: readonly Freeze[]; readonly mayLift: boolean }> {
  const { store, clock, catalog, policy } = ports
  const all = await store.transaction((tx) => tx.freezes.all(clock.now()))
  const { facts } = await identify(ports, by, deciders(catalog, null), freshEnoughToShow)
  const question = { action: 'revoke', principal: facts, resource: everyResource, now: clock.now() } as const
  const mayLift = policy.judge(question).allowed
  // Everybody meets those of resources and of all in the form. Who is frozen is for security.
  return { freezes: mayLift ? all : all.filter(({ scope }) => scope.kind !== 'person'), mayLift }
}
