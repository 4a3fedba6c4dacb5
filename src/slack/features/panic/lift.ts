import type { Freeze, NamedScope } from '../../../domain/freeze.ts'
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
import { liftActionId } from './ids.ts'
import { liftConfirm } from './messages.ts'

/** Lift the freeze, after a confirmation. */
export function liftAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const answer = await liftFreeze(ports, { by, freezeId: value })
    await reply.ephemeral(textMessage(liftSentence(answer)))
  }
}

/** `/revoke lift orders-db`. */
export async function liftLine(
  { ports }: Pick<FeatureParts, 'ports'>,
  { by }: CommandPayload,
  named: NamedScope,
  reply: Reply,
): Promise<void> {
  await reply.ephemeral(textMessage(liftSentence(await liftFreezeOf(ports, { by, named }))))
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

function liftSentence(answer: LiftAnswer): string {
  switch (answer.kind) {
    case 'lifted':
      return `${answer.freezes.map(({ scope }) => scopeText(scope)).join(', ')} is no longer frozen. People can ask again.`
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
