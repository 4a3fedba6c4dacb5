import { formatDuration } from '../../../domain/duration.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { actions, button, type MessageContent, section, textMessage } from '../../kit/blocks.ts'
import { whatIsAsked } from '../../kit/terms.ts'
import { mention, moment, plain } from '../../kit/text.ts'
import { againValue } from '../request/again-value.ts'
import { requestActionIds } from '../request/ids.ts'

/** For the person who is pre-approved. Edited when it is withdrawn. */
export function preApprovedMessage({ request, madePreApproval }: RequestHistory): MessageContent {
  const what = whatIsAsked(request)
  if (!madePreApproval) return textMessage(`${request.reference}: there is no pre-approval for ${what}.`)
  const { reference, maker, goodThrough, maxDurationSeconds, withdrawal, reason } = madePreApproval
  if (withdrawal) {
    return textMessage(
      `⚪ ${reference}: ${withdrawal.by ? mention(withdrawal.by.userId) : 'an access review, in which nobody decided in time,'} withdrew your pre-approval for ${what}, ${moment(withdrawal.at)}. ` +
        'Ask for it as usual; the owners decide.',
    )
  }
  const text =
    `✅ ${reference}: ${mention(maker.userId)} pre-approved you for ${what}, until ${moment(goodThrough)}. ` +
    `Ask for it when you need it, for up to ${formatDuration(maxDurationSeconds)} each time. You get it at once; nobody is asked.`
  return {
    text,
    blocks: [
      section(text),
      { type: 'context', elements: [plain(reason, 500)] },
      actions(button('Request', requestActionIds.again, againValue(request))),
    ],
  }
}
