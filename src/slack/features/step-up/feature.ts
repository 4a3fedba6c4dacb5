import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { helpViewId, linkViewId, passkeyActionIds, stepUpLinkId } from './ids.ts'
import { helpListener, leadAction, linkListener, openPasskeysAction, passkeyAction } from './passkeys.ts'
import { helpView, linkView } from './views.ts'

/** Proofs of who is clicking, and the passkeys that give them. Other features ask for a proof by `ask.ts`. */
export function stepUpFeature(parts: FeatureParts): Feature {
  return {
    actions: {
      // The browser opens the link by itself.
      [stepUpLinkId]: (_, reply) => reply.acknowledge(),
      [passkeyActionIds.open]: openPasskeysAction(parts),
      [passkeyActionIds.add]: passkeyAction(parts, () => ({ kind: 'add_passkey' })),
      [passkeyActionIds.remove]: passkeyAction(parts, (passkeyId) => ({ kind: 'remove_passkey', passkeyId })),
      [passkeyActionIds.help]: leadAction(parts, helpView),
      [passkeyActionIds.link]: leadAction(parts, linkView),
    },
    forms: {
      [helpViewId]: helpListener(parts),
      [linkViewId]: linkListener(parts),
    },
  }
}
