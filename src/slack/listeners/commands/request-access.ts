import type { FieldProblem } from '../../../usecases/field-problem.ts'
import { refusedWords, submittedWordsFor, tooManySentence } from '../../blocks/answers.ts'
import { requestHelpWords } from '../../blocks/help.ts'
import { says } from '../../blocks/parts.ts'
import { emptyForm, requestForm } from '../../blocks/request-form.ts'
import { interactionKey } from '../../keys.ts'
import type { Opener } from '../../open-view.ts'
import type { CommandPayload } from '../../parse/payload.ts'
import { parseRequestLine, type TypedLine } from '../../parse/request-line.ts'
import type { Reply } from '../../reply.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { inline } from '../../text.ts'
import { formFor } from '../form-state.ts'
import type { CommandListener } from '../listener.ts'

export interface RequestAccessParts {
  readonly usecases: Pick<SlackUsecases, 'requestAccess' | 'listRequestable'>
  readonly opener: Opener
}

/** `/request-access`: the form, or a request in one line. */
export function requestAccessCommand(parts: RequestAccessParts): CommandListener {
  return async (command, reply) => {
    const line = parseRequestLine(command.text)
    switch (line.kind) {
      case 'help':
        return reply.whisper(requestHelpWords())
      case 'empty':
        await reply.acknowledge()
        await parts.opener.open(
          command.triggerId,
          requestForm({ ...emptyForm, responseUrl: command.responseUrl }),
          reply,
        )
        return
      case 'line':
        return submitLine(parts, command, line.typed, reply)
    }
  }
}

/** Submits before it acknowledges, so that what the person is told is on record. */
async function submitLine(
  parts: RequestAccessParts,
  command: CommandPayload,
  typed: TypedLine,
  reply: Reply,
): Promise<void> {
  if (typed.strays.length > 0) return openFilled(parts, command, typed, [], reply)
  const { strays: _, ...terms } = typed
  const answer = await parts.usecases.requestAccess({
    ...terms,
    asker: command.by,
    submissionKey: interactionKey('command', command.triggerId),
  })
  switch (answer.kind) {
    case 'submitted':
      return reply.whisper(submittedWordsFor(answer.story))
    case 'refused':
      return reply.whisper(refusedWords(answer.policy))
    case 'too_many':
      return reply.whisper(says(tooManySentence(answer.limit)))
    case 'invalid':
      return openFilled(parts, command, typed, answer.problems, reply)
  }
}

/** The form with what was typed, and what was wrong with it beside each field. */
async function openFilled(
  { usecases, opener }: RequestAccessParts,
  command: CommandPayload,
  typed: TypedLine,
  problems: readonly FieldProblem[],
  reply: Reply,
): Promise<void> {
  await reply.acknowledge()
  const banner = typed.strays.length > 0 ? strayWords(typed.strays) : null
  const { by, responseUrl } = command
  const form = await formFor(usecases, by, { ...typed, responseUrl }, { problems, banner })
  await opener.open(command.triggerId, requestForm(form), reply)
}

function strayWords(strays: readonly string[]): string {
  return `⚠️ I did not understand “${inline(strays.join(' '), 80)}”. In one line, the reason follows the word \`because\`.`
}
