import type { KnownBlock } from '@slack/types'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { formatDuration } from '../../../domain/duration.ts'
import type { Freeze } from '../../../domain/freeze.ts'
import type { OpenResource, PanicReport } from '../../../domain/panic.ts'
import type { FreezeNotice } from '../../../domain/security-notice.ts'
import {
  actions,
  button,
  confirm,
  context,
  header,
  type MessageContent,
  quoted,
  section,
} from '../../kit/blocks.ts'
import { scopeText, untilText } from '../../kit/freeze.ts'
import { code, countOf, inline, mention, moment } from '../../kit/text.ts'
import { countsText } from './forms.ts'
import { liftActionId } from './ids.ts'

export const liftConfirm = confirm(
  'Lift this freeze?',
  'People can ask again at once, and approvals count again.',
  'Lift it',
  'Keep it',
  'danger',
)

/** A freeze was made, or is over. */
export function freezeNotice({ change, freeze }: FreezeNotice): MessageContent {
  const what = scopeText(freeze.scope)
  if (change === 'made') {
    const text = `❄️ ${mention(freeze.madeBy.userId)} froze ${what} ${untilText(freeze)}. Nothing is granted there.`
    return { text, blocks: [section(text), quoted(freeze.reason), liftBlock(freeze)] }
  }
  const by = freeze.closed?.by
    ? `${mention(freeze.closed.by.userId)} lifted the freeze`
    : 'The time of the freeze is over'
  const text = `${by}: ${what} is no longer frozen.`
  return { text, blocks: [section(text)] }
}

function liftBlock({ id }: Freeze): KnownBlock {
  return actions(button('Lift the freeze', liftActionId, id, { confirm: liftConfirm }))
}

/** How far a panic has come. Edited until all its access is proven gone. */
export function panicProgress({ panic, progress, freeze }: PanicReport): MessageContent {
  const { leases, gone, open, closedRequests } = progress
  const failed = open.filter((one) => one.failed > 0)
  const title = panic.finishedAt
    ? '✅ Taken back, proven gone'
    : failed.length > 0
      ? '🚨 Taking back: some access MAY STILL BE OPEN'
      : '⏳ Taking back'
  const what =
    panic.scope.kind === 'all'
      ? 'everything'
      : `all access ${panic.scope.kind === 'person' ? 'of' : 'to'} ${scopeText(panic.scope)}`
  const text = `${title} · ${what}: ${gone} of ${leases} proven gone`
  return {
    text,
    blocks: [
      header(title),
      section(
        `${mention(panic.by.userId)} takes back ${what}, ${moment(panic.at, 'exact')}.\n*${gone} of ${countOf(leases, 'lease')} proven gone*${
          closedRequests > 0 ? `, ${countOf(closedRequests, 'request')} cancelled` : ''
        }`,
      ),
      quoted(panic.reason),
      ...openBlocks(open),
      context(`When it began: ${countsText(panic.counts)}`),
      ...(freeze ? [context(`❄️ Frozen ${untilText(freeze)}.`), liftBlock(freeze)] : []),
    ],
  }
}

const mostResources = 15

/** The targets where something may still be open, those that fail first. */
function openBlocks(open: readonly OpenResource[]): KnownBlock[] {
  if (open.length === 0) return []
  const sorted = open.toSorted((a, b) => b.failed - a.failed)
  const lines = sorted.slice(0, mostResources).map(openText)
  const more = open.length - lines.length
  return [section(`${lines.join('\n')}${more > 0 ? `\n… and ${more} more` : ''}`)]
}

function openText({ resourceId, revoking, failed, failure }: OpenResource): string {
  if (failed === 0) return `⏳ ${code(resourceId)}: ${revoking} to go`
  const rest = revoking > 0 ? `, ${revoking} to go` : ''
  return `🚨 ${code(resourceId)}: ${failed} failed${rest}. ${inline(failure ?? '', 140)} Daypass tries again.`
}

/** A message of its own, because an edit notifies nobody. */
export function panicEnd({ panic, progress, freeze }: PanicReport): MessageContent {
  const { leases, lastGoneAt } = progress
  const what = panic.scope.kind === 'all' ? 'everything' : scopeText(panic.scope)
  const took =
    lastGoneAt && lastGoneAt > panic.at
      ? `, ${formatDuration(Math.max(1, differenceInSeconds(lastGoneAt, panic.at)))} after it began`
      : ''
  const result =
    leases === 0
      ? 'No access was open.'
      : `${leases === 1 ? 'The one lease is' : `All ${leases} leases are`} proven gone${took}.`
  const frozen = freeze ? ` Still frozen ${untilText(freeze)}.` : ''
  const text = `✅ ${mention(panic.by.userId)}, you took back ${what}. ${result}${frozen}`
  return { text, blocks: [section(text)] }
}
