import type { Outcome, Told } from '../../../usecases/step-up/words.ts'
import type { Opener } from '../../api/open-view.ts'
import { credentialsView } from '../my-access/credentials-view.ts'
import { toldView } from './views.ts'

/** Tells the window that waits for a proof what became of it. Credentials are shown there, and nowhere else. */
export async function tellWindow(
  opener: Pick<Opener, 'update'>,
  viewId: string,
  told: Told,
  outcome: Outcome | null,
): Promise<void> {
  const issued = outcome?.kind === 'credentials' && outcome.answer.kind === 'issued' ? outcome.answer : null
  await opener.update(viewId, issued ? credentialsView(issued.history, issued.credentials) : toldView(told))
}
