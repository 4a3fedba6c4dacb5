import type { ModalView } from '@slack/types'
import type { Intent } from '../../../domain/step-up.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { askProof, shownIn } from '../../../usecases/step-up/ask-proof.ts'
import type { Reply } from '../../kit/reply.ts'
import type { FeatureParts } from '../feature.ts'
import { proofView } from './views.ts'

/** A click waits for a proof: opens the window with the link to the page. */
export async function openProof(
  { ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>,
  { by, triggerId }: { by: AccountKey; triggerId: string },
  intent: Intent,
  reply: Reply,
): Promise<void> {
  const asked = await askProof(ports, { by, intent })
  await reply.acknowledge()
  const viewId = await opener.open(triggerId, proofView(asked), reply)
  if (viewId !== null && asked.kind === 'asked') await shownIn(ports, { stepUpId: asked.stepUpId, viewId })
}

/** The window that is open asks for the proof. */
export async function proofFor(
  { ports }: Pick<FeatureParts, 'ports'>,
  { by, view }: { by: AccountKey; view: { readonly id: string } },
  intent: Intent,
): Promise<ModalView> {
  return proofView(await askProof(ports, { by, intent, viewId: view.id }))
}
