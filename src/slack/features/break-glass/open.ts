import { mayBreakGlass } from '../../../usecases/requests/break-glass.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import type { CommandPayload } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import { inline } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { readForm } from '../request/form-state.ts'
import type { TypedLine } from '../request/request-line.ts'
import { notTakenSentence } from './answers.ts'
import { breakGlassForm } from './form.ts'

type OpenParts = Pick<FeatureParts, 'ports' | 'opener'>

/** Break glass… in the request form: replaces it with the form that says what happens. */
export function openBreakGlassAction({ ports, opener }: OpenParts): ActionListener {
  return async ({ by, view }, reply) => {
    await reply.acknowledge()
    if (!view) return
    const { resourceId, entitlementId, duration, justification, responseUrl } = readForm(view)
    const answer = await mayBreakGlass(ports, { asker: by, resourceId, entitlementId })
    const next =
      answer.kind === 'may'
        ? breakGlassForm({ ...answer, duration, justification, banner: null, responseUrl })
        : noticeView('Break glass', sentenceOf(answer))
    await opener.update(view.id, next)
  }
}

/** `/request-access break-glass orders-db fix-orders for 20m because …` opens the form. It never gives access by itself. */
export async function openBreakGlassLine(
  { ports, opener }: OpenParts,
  { by, triggerId, responseUrl }: CommandPayload,
  { resourceId, entitlementId, duration, justification }: TypedLine,
  reply: Reply,
): Promise<void> {
  const answer = await mayBreakGlass(ports, { asker: by, resourceId, entitlementId })
  if (answer.kind !== 'may') return reply.ephemeral(textMessage(sentenceOf(answer)))
  await reply.acknowledge()
  const form = { ...answer, duration, justification, banner: null, responseUrl }
  await opener.open(triggerId, breakGlassForm(form), reply)
}

function sentenceOf(answer: Exclude<Awaited<ReturnType<typeof mayBreakGlass>>, { kind: 'may' }>): string {
  if (answer.kind !== 'invalid') return notTakenSentence(answer)
  const problems = answer.problems.map(({ message }) => message).join(' ')
  return `⚠️ ${inline(problems, 600)} Write \`/request-access break-glass orders-db fix-orders because …\`.`
}
