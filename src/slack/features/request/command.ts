import type { FieldProblem } from '../../../usecases/_shared/field-problem.ts'
import { showTypedStart } from '../../../usecases/_shared/read-start.ts'
import { explainRequest } from '../../../usecases/requests/explain-request.ts'
import { requestAccess } from '../../../usecases/requests/request-access.ts'
import { refusedAnswer } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { CommandListener } from '../../kit/listener.ts'
import type { CommandPayload } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import { inline } from '../../kit/text.ts'
import { openBreakGlassLine } from '../break-glass/open.ts'
import { openBundleLine, submitBundleLine } from '../bundle/line.ts'
import { extendLine } from '../extend/open.ts'
import type { FeatureParts } from '../feature.ts'
import { postLinkLine } from '../link/post.ts'
import { listPreApprovalsLine } from '../pre-approval/list.ts'
import { openPreApproveLine } from '../pre-approval/make.ts'
import { openProof } from '../step-up/ask.ts'
import { answerWithStar, tooManySentence } from './answers.ts'
import { explanationAnswer } from './explanation.ts'
import { emptyForm, requestForm } from './form.ts'
import { formFor } from './form-state.ts'
import { requestHelp } from './help.ts'
import { parseRequestLine, type TypedLine } from './request-line.ts'

type CommandParts = Pick<FeatureParts, 'ports' | 'opener' | 'channels'>

/** `/request-access`: the form, or a request in one line. */
export function requestAccessCommand(parts: CommandParts): CommandListener {
  return async (command, reply) => {
    const line = parseRequestLine(command.text)
    switch (line.kind) {
      case 'help':
        return reply.ephemeral(requestHelp())
      case 'empty':
        await reply.acknowledge()
        await parts.opener.open(
          command.triggerId,
          requestForm({ ...emptyForm, responseUrl: command.responseUrl }),
          reply,
        )
        return
      case 'why':
        if (isBundle(parts, line.typed)) return openBundleLine(parts, command, line.typed, reply)
        return explainLine(parts, command, line.typed, reply)
      case 'line':
        if (isBundle(parts, line.typed)) return submitBundleLine(parts, command, line.typed, reply)
        return submitLine(parts, command, line.typed, reply)
      case 'link':
        return postLinkLine(parts, command, line.typed, reply)
      case 'break_glass':
        return openBreakGlassLine(parts, command, line.typed, reply)
      case 'extend':
        return extendLine(parts, command, line.typed, reply)
      case 'pre_approvals':
        return listPreApprovalsLine(parts, command, line.resourceId, reply)
      case 'pre_approve':
        return openPreApproveLine(parts, command, line.reference, reply)
    }
  }
}

function isBundle({ ports }: CommandParts, { resourceId }: TypedLine): boolean {
  return ports.catalog.bundles?.has(resourceId) ?? false
}

/** Acknowledges first: many people may have to be judged. */
async function explainLine(
  { ports }: CommandParts,
  { by }: CommandPayload,
  { resourceId, entitlementId, duration, ticket, start, parameters }: TypedLine,
  reply: Reply,
): Promise<void> {
  await reply.acknowledge()
  const ask = { asker: by, resourceId, entitlementId, duration, ticket, start, parameters, mostPeople: 30 }
  await reply.ephemeral(explanationAnswer(await explainRequest(ports, ask)))
}

/** Submits before it acknowledges, so that the answer is about a recorded request. */
async function submitLine(
  parts: CommandParts,
  command: CommandPayload,
  typed: TypedLine,
  reply: Reply,
): Promise<void> {
  if (typed.strays.length > 0) return openFilled(parts, command, typed, [], reply)
  const { strays: _, ...terms } = typed
  const answer = await requestAccess(parts.ports, {
    ...terms,
    asker: command.by,
    submissionKey: interactionKey('command', command.triggerId),
  })
  switch (answer.kind) {
    case 'submitted':
      return reply.ephemeral(await answerWithStar(parts, command.by, answer))
    case 'refused':
      return reply.ephemeral(refusedAnswer(answer.policy))
    case 'frozen':
      return reply.ephemeral(textMessage(frozenSentence(answer.freeze)))
    case 'too_many':
      return reply.ephemeral(textMessage(tooManySentence(answer.limit)))
    case 'invalid':
      return openFilled(parts, command, typed, answer.problems, reply)
    case 'needs_proof':
      return openProof(parts, command, answer.intent, reply)
  }
}

/** Opens the form with the typed text, and shows each problem beside its field. */
async function openFilled(
  { ports, opener }: CommandParts,
  command: CommandPayload,
  typed: TypedLine,
  problems: readonly FieldProblem[],
  reply: Reply,
): Promise<void> {
  await reply.acknowledge()
  const banner = typed.strays.length > 0 ? strayText(typed.strays) : null
  const { by, responseUrl } = command
  const shown = typed.start && (await showTypedStart(ports, by, typed.start))
  const start = shown && 'at' in shown ? shown.at : null
  const isSaid = problems.some(({ field }) => field === 'start')
  const unread = shown && 'problem' in shown && !isSaid ? [shown.problem] : []
  const form = await formFor(
    ports,
    by,
    { ...typed, start, responseUrl },
    { problems: [...problems, ...unread], banner },
  )
  await opener.open(command.triggerId, requestForm(form), reply)
}

function strayText(strays: readonly string[]): string {
  return `⚠️ I did not understand “${inline(strays.join(' '), 80)}”. In one line, write the reason after the word \`because\`.`
}
