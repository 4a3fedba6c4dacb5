import { mayFreeze } from '../../../usecases/freezes/make-freeze.ts'
import { mayRevoke } from '../../../usecases/grants/revoke-now.ts'
import { mayPanic } from '../../../usecases/panic/panic.ts'
import { mayStopRun } from '../../../usecases/runs/stop-run.ts'
import { overSentence, refusedAnswer } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { CommandListener } from '../../kit/listener.ts'
import type { CommandPayload } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import { stopRunForm } from '../actions/stop.ts'
import type { FeatureParts } from '../feature.ts'
import { revokeForm } from '../revoke/revoke.ts'
import { notThisScopeAnswer } from './answers.ts'
import { freezeForm, panicForm } from './forms.ts'
import { revokeHelp } from './help.ts'
import { liftLine, listLine } from './lift.ts'
import { parseRevokeLine, type RevokeLine } from './revoke-line.ts'

type CommandParts = Pick<FeatureParts, 'ports' | 'opener'>

/** `/revoke`: never takes anything back by itself. It opens a form that says what will be taken back. */
export function revokeCommand(parts: CommandParts): CommandListener {
  return async (command, reply) => {
    const line = parseRevokeLine(command.text)
    switch (line.kind) {
      case 'help':
        return reply.ephemeral(revokeHelp())
      case 'problem':
        return reply.ephemeral(textMessage(line.message))
      case 'list':
        return listLine(parts, command, reply)
      case 'lift':
        return liftLine(parts, command, line.scope, reply)
      case 'revoke':
        return openPanic(parts, command, line, reply)
      case 'freeze':
        return openFreeze(parts, command, line, reply)
      case 'one':
        return openOne(parts, command, line, reply)
    }
  }
}

type Line<Kind extends RevokeLine['kind']> = Extract<RevokeLine, { kind: Kind }>

async function openPanic(
  { ports, opener }: CommandParts,
  { by, triggerId, responseUrl }: CommandPayload,
  { scope, reason }: Line<'revoke'>,
  reply: Reply,
): Promise<void> {
  const answer = await mayPanic(ports, { by, named: scope })
  if (answer.kind !== 'may') return reply.ephemeral(notThisScopeAnswer(answer))
  await reply.acknowledge()
  const { counts } = answer
  await opener.open(triggerId, panicForm({ scope, reason, responseUrl, counts }), reply)
}

async function openFreeze(
  { ports, opener }: CommandParts,
  { by, triggerId, responseUrl }: CommandPayload,
  { scope, reason, until }: Line<'freeze'>,
  reply: Reply,
): Promise<void> {
  const answer = await mayFreeze(ports, { by, named: scope })
  if (answer.kind !== 'may') return reply.ephemeral(notThisScopeAnswer(answer))
  await reply.acknowledge()
  await opener.open(triggerId, freezeForm({ scope, reason, until, responseUrl }), reply)
}

async function openOne(
  { ports, opener }: CommandParts,
  { by, triggerId }: CommandPayload,
  { reference, reason }: Line<'one'>,
  reply: Reply,
): Promise<void> {
  const found = await ports.store.histories.byReference(reference)
  if (found?.run) return openRun({ ports, opener }, { by, triggerId }, found.request.id, reply)
  const answer = found && (await mayRevoke(ports, { by, requestId: found.request.id }))
  switch (answer?.kind) {
    case 'may':
      await reply.acknowledge()
      await opener.open(triggerId, revokeForm(answer.history, reason), reply)
      return
    case 'over':
      return reply.ephemeral(textMessage(overSentence(answer.history)))
    case 'refused':
      return reply.ephemeral(refusedAnswer(answer.policy))
    default:
      return reply.ephemeral(textMessage(`There is no access of ${reference} to take back.`))
  }
}

/** Only what is under way or waits can be stopped. */
async function openRun(
  { ports, opener }: CommandParts,
  { by, triggerId }: Pick<CommandPayload, 'by' | 'triggerId'>,
  requestId: string,
  reply: Reply,
): Promise<void> {
  const answer = await mayStopRun(ports, { by, requestId })
  switch (answer.kind) {
    case 'may':
      await reply.acknowledge()
      await opener.open(triggerId, stopRunForm(answer.history), reply)
      return
    case 'over':
      return reply.ephemeral(textMessage(overSentence(answer.history)))
    case 'refused':
      return reply.ephemeral(refusedAnswer(answer.policy))
    case 'unknown':
      return reply.ephemeral(textMessage('There is no run to stop.'))
  }
}
