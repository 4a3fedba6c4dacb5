import type { Ports } from '../domain/ports.ts'

/** False when this interaction was claimed before, by any process: then it is done already, or being done. */
export function claimInteraction(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { interactionKey }: { interactionKey: string },
): Promise<boolean> {
  return store.transaction((tx) => tx.interactions.claim(interactionKey, clock.now()))
}
