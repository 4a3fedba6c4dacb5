import type { Button, KnownBlock, ModalView } from '@slack/types'
import type { RunOutput } from '../../../domain/connector.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { outputFile } from '../../../domain/run-output.ts'
import { type OutputAnswer, showOutput } from '../../../usecases/runs/show-output.ts'
import { exactText, sizeText, tableText } from '../../kit/action.ts'
import { unknownRequest } from '../../kit/answers.ts'
import { actions, button, context, section, textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { whatIsAsked } from '../../kit/terms.ts'
import { countOf, moment, plain } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { notYours } from '../my-access/answers.ts'
import { actionsActionIds, outputViewId } from './ids.ts'

/** Show output. A modal, because Slack keeps no history of it. It opens first: a trigger id expires after three seconds. */
export function showOutputAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async ({ by, value, triggerId }, reply) => {
    await reply.acknowledge()
    const requestId = parseRequestId(value)
    if (!requestId) return reply.ephemeral(textMessage(unknownRequest))
    const viewId = await opener.open(triggerId, outputModal([section('⏳ Opening the output…')]), reply)
    if (viewId === null) return
    await opener.update(viewId, outputModal(blocksFor(await showOutput(ports, { by, requestId }), 0)))
  }
}

/** Next part, and the part before, in the same window. */
export function showPartAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async ({ by, value, view }, reply) => {
    await reply.acknowledge()
    const requestId = parseRequestId(value)
    const part = Number(value.split(' ')[1])
    if (!view || !requestId || !Number.isInteger(part) || part < 0) return
    await opener.update(view.id, outputModal(blocksFor(await showOutput(ports, { by, requestId }), part)))
  }
}

function blocksFor(answer: OutputAnswer, part: number): KnownBlock[] {
  switch (answer.kind) {
    case 'shown':
      return outputBlocks(answer.history, answer.output, part)
    case 'gone':
      return [section('This output is no longer kept. Its hash and size are in the audit log.')]
    case 'not_yours':
      return [section(notYours)]
    case 'unknown':
      return [section(unknownRequest)]
  }
}

/** A text object takes 3,000 characters, and a modal all together no more than about 250 kB: several pieces of lines. */
const pieceLength = 2800
const mostPieces = 40

function outputBlocks(
  { request, run }: Pick<RequestHistory, 'request' | 'run'>,
  output: RunOutput,
  asked: number,
): KnownBlock[] {
  const whole = output.kind === 'text' ? output.text : tableText(output, Number.POSITIVE_INFINITY)
  const pieces = inPieces(whole)
  const parts = Math.ceil(pieces.length / mostPieces)
  const part = Math.min(asked, parts - 1)
  const kept = run?.status === 'done' ? run.output?.keptUntil : null
  const bytes = Buffer.byteLength(outputFile(output))
  const facts = [
    output.kind === 'table' ? countOf(output.rows.length, 'row') : null,
    sizeText(bytes),
    kept ? `kept until ${moment(kept)}` : null,
    parts > 1 ? `part ${part + 1} of ${parts}` : null,
  ]
  return [
    section(`${request.reference}: the output of ${whatIsAsked(request)}.`),
    context(facts.filter((fact) => fact !== null).join(' · ')),
    ...(output.isCut ? [context('⚠️ The limits of this action cut it. There was more.')] : []),
    ...pieces.slice(part * mostPieces, (part + 1) * mostPieces).map(exactText),
    ...(parts > 1 ? [actions(...partButtons(request.id, part, parts))] : []),
  ]
}

function partButtons(requestId: string, part: number, parts: number): Button[] {
  const { outputNext, outputPrevious } = actionsActionIds
  const value = (other: number) => `${requestId} ${other}`
  return [
    ...(part > 0 ? [button('Previous part', outputPrevious, value(part - 1))] : []),
    ...(part < parts - 1 ? [button('Next part', outputNext, value(part + 1))] : []),
  ]
}

/** Whole lines together, and lines that are too long cut. */
function inPieces(text: string): string[] {
  const pieces: string[] = []
  let piece = ''
  for (const line of text.split('\n').flatMap(cutLine)) {
    if (piece !== '' && piece.length + line.length + 1 > pieceLength) {
      pieces.push(piece)
      piece = ''
    }
    piece = piece === '' ? line : `${piece}\n${line}`
  }
  return [...pieces, piece]
}

function cutLine(line: string): string[] {
  if (line.length <= pieceLength) return [line]
  return Array.from({ length: Math.ceil(line.length / pieceLength) }, (_, at) =>
    line.slice(at * pieceLength, (at + 1) * pieceLength).toWellFormed(),
  )
}

function outputModal(blocks: KnownBlock[]): ModalView {
  return {
    type: 'modal',
    callback_id: outputViewId,
    title: plain('Output'),
    close: plain('Close'),
    clear_on_close: true,
    blocks,
  }
}
