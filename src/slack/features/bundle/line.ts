import type { FieldProblem } from '../../../usecases/_shared/field-problem.ts'
import { showTypedStart } from '../../../usecases/_shared/read-start.ts'
import { requestBundle } from '../../../usecases/bundles/request-bundle.ts'
import { textMessage } from '../../kit/blocks.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { CommandPayload } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import { inline } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import type { TypedLine } from '../request/request-line.ts'
import { bundleSubmitted, noSuchBundle, tooManyParts } from './answers.ts'
import { bundleForm } from './form.ts'
import { bundleFormFor } from './form-state.ts'

type LineParts = Pick<FeatureParts, 'ports' | 'opener'>

/** `/request-access on-call-kit for 2h because …`: sends it where all parts can be asked for, or opens the form. */
export async function submitBundleLine(
  parts: LineParts,
  command: CommandPayload,
  typed: TypedLine,
  reply: Reply,
): Promise<void> {
  const strays = straysIn(typed)
  if (strays.length > 0)
    return openForm(parts, command, typed, reply, { banner: strayText(strays), problems: [] })
  const { resourceId: bundleId, duration, justification, ticket, start } = typed
  const answer = await requestBundle(parts.ports, {
    ...{ asker: command.by, bundleId, duration, justification, ticket, start, toldLeftOut: [] },
    submissionKey: interactionKey('command', command.triggerId),
  })
  switch (answer.kind) {
    case 'submitted':
      return reply.ephemeral(textMessage(bundleSubmitted(answer.histories, answer.leftOut)))
    case 'tell_first':
    case 'refused':
      return openForm(parts, command, typed, reply, { banner: notAll, problems: [] })
    case 'invalid':
      return openForm(parts, command, typed, reply, { banner: null, problems: answer.problems })
    case 'frozen':
      return reply.ephemeral(textMessage(frozenSentence(answer.freeze)))
    case 'too_many':
      return reply.ephemeral(textMessage(tooManyParts(answer.limit, answer.parts)))
    case 'unknown':
      return reply.ephemeral(textMessage(noSuchBundle))
  }
}

const notAll = '⚠️ Not all of it can be asked for. Look at the parts: nothing was sent yet.'

/** `/request-access why on-call-kit`: the form says of each part what would become of it, and sends nothing by itself. */
export function openBundleLine(
  parts: LineParts,
  command: CommandPayload,
  typed: TypedLine,
  reply: Reply,
): Promise<void> {
  return openForm(parts, command, typed, reply, { banner: null, problems: [] })
}

async function openForm(
  { ports, opener }: LineParts,
  command: CommandPayload,
  typed: TypedLine,
  reply: Reply,
  shown: { readonly banner: string | null; readonly problems: readonly FieldProblem[] },
): Promise<void> {
  await reply.acknowledge()
  const { by, responseUrl } = command
  const { resourceId: bundleId, duration, justification, ticket } = typed
  const read = typed.start && (await showTypedStart(ports, by, typed.start))
  const start = read && 'at' in read ? read.at : null
  const isSaid = shown.problems.some(({ field }) => field === 'start')
  const unread = read && 'problem' in read && !isSaid ? [read.problem] : []
  const form = await bundleFormFor(
    ports,
    by,
    { bundleId, duration, start, justification, ticket, responseUrl },
    { banner: shown.banner, problems: [...shown.problems, ...unread] },
  )
  if (!form) return reply.ephemeral(textMessage(noSuchBundle))
  await opener.open(command.triggerId, bundleForm(form), reply)
}

/** A bundle is one name, and takes no values. */
function straysIn({ entitlementId, parameters, strays }: TypedLine): string[] {
  const named = entitlementId === '' ? [] : [entitlementId]
  return [...named, ...Object.keys(parameters).map((name) => `${name}=`), ...strays]
}

function strayText(strays: readonly string[]): string {
  return `⚠️ I did not understand “${inline(strays.join(' '), 80)}”. A bundle is asked for by its name alone. In one line, write the reason after the word \`because\`.`
}
