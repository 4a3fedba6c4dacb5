import type { Freeze, NamedScope } from '../../../domain/freeze.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { type LiftAnswer, liftFreeze, liftFreezeOf } from '../../../usecases/freezes/lift-freeze.ts'
import { listFreezes } from '../../../usecases/freezes/list-freezes.ts'
import { refusedSentence } from '../../kit/answers.ts'
import { actions, button, context, type MessageContent, section, textMessage } from '../../kit/blocks.ts'
import { scopeText, untilText } from '../../kit/freeze.ts'
import type { ActionListener } from '../../kit/listener.ts'
import type { CommandPayload } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import { countOf, inline, mention, moment } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { openProof } from '../step-up/ask.ts'
import { liftActionId } from './ids.ts'
import { liftConfirm } from './messages.ts'

type LiftParts = Pick<FeatureParts, 'ports' | 'opener'>

/** Lift the freeze, after a confirmation. */
export function liftAction(parts: LiftParts): ActionListener {
  return async ({ by, value, triggerId }, reply) => {
    await answerLift(parts, { by, triggerId }, await liftFreeze(parts.ports, { by, freezeId: value }), reply)
  }
}

/** `/revoke lift orders-db`. */
export async function liftLine(
  parts: LiftParts,
  { by, triggerId }: CommandPayload,
  named: NamedScope,
  reply: Reply,
): Promise<void> {
  await answerLift(parts, { by, triggerId }, await liftFreezeOf(parts.ports, { by, named }), reply)
}

async function answerLift(
  parts: LiftParts,
  click: { readonly by: AccountKey; readonly triggerId: string },
  answer: LiftAnswer,
  reply: Reply,
): Promise<void> {
  if (answer.kind === 'needs_proof') await openProof(parts, click, answer.intent, reply)
  else await reply.ephemeral(textMessage(liftSentence(answer)))
}

/** `/revoke freezes`. */
export async function listLine(
  { ports }: Pick<FeatureParts, 'ports'>,
  { by }: CommandPayload,
  reply: Reply,
): Promise<void> {
  const { freezes, mayLift } = await listFreezes(ports, { by })
  await reply.ephemeral(freezeList(freezes, mayLift))
}

/** A message has at most 50 blocks, and each freeze two. */
const mostListed = 20

function freezeList(freezes: readonly Freeze[], mayLift: boolean): MessageContent {
  const text = freezes.length === 0 ? 'Nothing is frozen.' : `${countOf(freezes.length, 'freeze')} now:`
  const more = freezes.length - mostListed
  return {
    text,
    blocks: [
      section(text),
      ...freezes
        .slice(0, mostListed)
        .flatMap((freeze) => [
          section(
            `❄️ *${scopeText(freeze.scope)}* ${untilText(freeze)}\nBy ${mention(freeze.madeBy.userId)}, ${moment(freeze.madeAt)}: “${inline(freeze.reason, 200)}”`,
          ),
          ...(mayLift ? [actions(button('Lift', liftActionId, freeze.id, { confirm: liftConfirm }))] : []),
        ]),
      ...(more > 0 ? [context(`… and ${more} more. \`/revoke lift orders-db\` lifts one by its name.`)] : []),
    ],
  }
}

function liftSentence(answer: Exclude<LiftAnswer, { kind: 'needs_proof' }>): string {
  switch (answer.kind) {
    case 'lifted':
      return `${scopeText(answer.freeze.scope)} is no longer frozen. People can ask again.`
    case 'none':
      return 'That is not frozen now. `/revoke freezes` lists what is.'
    case 'frozen':
      return '⛔ You are frozen yourself, so you cannot lift a freeze. Ask another security lead.'
    case 'refused':
      return refusedSentence(answer.policy)
    case 'unknown':
      return `⚠️ ${inline(answer.message, 300)}`
  }
}
