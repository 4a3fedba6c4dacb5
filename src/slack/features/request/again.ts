import type { Ports } from '../../../domain/ports.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { outdatedButton } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { inline, mention } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { parseAgainValue } from './again-value.ts'
import { requestForm } from './form.ts'
import { formFor } from './form-state.ts'

/**
 * Request again: opens the form for the same entitlement, with an empty reason. Ask again, after a request that was not
 * approved: with its text, and with the reason of the denial, which the requester can answer.
 */
export function againAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async ({ by, value, triggerId, responseUrl }, reply) => {
    await reply.acknowledge()
    const again = parseAgainValue(value)
    if (!again) return reply.ephemeral(textMessage(outdatedButton))
    const earlier = await ownRequest(ports, by, again.requestId)
    const { resourceId, entitlementId } = again
    const isAction =
      ports.catalog.resources.get(resourceId)?.entitlements.get(entitlementId)?.action !== undefined
    const duration = isAction ? null : again.duration
    const asked = earlier?.request.asksFor
    const parameters = asked?.kind === 'action' ? asked.action.values : {}
    const text = {
      justification: earlier?.request.justification ?? '',
      ticket: earlier?.request.ticket ?? null,
    }
    const form = await formFor(
      ports,
      by,
      { resourceId, entitlementId, duration, start: null, parameters, ...text, responseUrl },
      { banner: earlier && denialBanner(earlier) },
    )
    await opener.open(triggerId, requestForm(form), reply)
  }
}

/** The earlier request, if this account submitted it. Nobody else sees its text. */
async function ownRequest(
  { store }: Pick<Ports, 'store'>,
  by: AccountKey,
  requestId: string | null,
): Promise<RequestHistory | null> {
  const history = requestId === null ? null : await store.histories.byRequest(requestId)
  const { userId, teamId } = history?.requester ?? {}
  return userId === by.userId && teamId === by.teamId ? history : null
}

function denialBanner({ request, decisions }: RequestHistory): string | null {
  const denied = decisions.find(({ verdict }) => verdict === 'deny')
  if (!denied?.reason) return null
  const who = mention(denied.approver.userId)
  return `${who} denied ${request.reference}: “${inline(denied.reason, 500)}” Change what is needed, and send it again.`
}
