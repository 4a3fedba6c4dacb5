import type { Ports } from '../domain/ports.ts'

/** False: a process claimed this interaction before. */
export function claimInteraction(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { interactionKey }: { interactionKey: string },
): Promise<boolean> {
  return store.interactions.claim(interactionKey, clock.now())
}
