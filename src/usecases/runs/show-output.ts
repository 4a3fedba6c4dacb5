import { actorOf } from '../../domain/audit-event.ts'
import type { RunOutput } from '../../domain/connector.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { asRequester, type OwnAnswer } from '../_shared/own-request.ts'
import type { AccountKey } from '../_shared/person.ts'

export type OutputAnswer =
  | { readonly kind: 'shown'; readonly history: RequestHistory; readonly output: RunOutput }
  | OwnAnswer<'gone'>

/** Decrypts the output for the requester, and nobody else. `gone`: it is no longer kept, or never was. Each look is recorded. */
export async function showOutput(
  ports: Pick<Ports, 'store' | 'clock' | 'directory' | 'vault'>,
  click: { by: AccountKey; requestId: string },
): Promise<OutputAnswer> {
  let output: RunOutput | null = null
  const answer = await asRequester(ports, click, 'run.output_refused', async (tx, request, person) => {
    const now = ports.clock.now()
    const sealed = await tx.runs.outputOf(request.id, now)
    const text = sealed && ports.vault.open(sealed, `run ${request.id}`)
    if (!text) return 'gone'
    output = JSON.parse(text) as RunOutput
    await tx.audit.append(ofRequest(request, 'run.output_shown', actorOf(person), now))
    return 'shown'
  })
  if (answer.kind === 'not_yours' || answer.kind === 'unknown') return answer
  const { history } = answer
  return output ? { kind: 'shown', history, output } : { kind: 'gone', history }
}
